"""Infrastructure of every process: settings, clock, database, jobs, bell, crypto, logging, ids.

It contains no rule of the hotline and imports no other package of this project.
"""
