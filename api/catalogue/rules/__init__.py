"""The catalogue in memory, immutable and free of I/O: categories, details, units, days, limits.

`catalogue.Catalogue` holds all of one city; begin there.
"""
