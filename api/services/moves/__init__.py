"""Use cases that open and move cases: intake, each move, merging, splitting, reminders.

It is the highest folder of services: it imports the others. Only slices, routes and jobs import it.
Begin with `opening.open_case`, then `moving.move`.
"""
