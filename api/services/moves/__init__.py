"""Cases opened and moved: intake, opening, each move, merging and parting, reminders.

The highest folder of services: it imports the others, only slices, routes and jobs import it.
Begin with `opening.open_case`, then `moving.move`.
"""
