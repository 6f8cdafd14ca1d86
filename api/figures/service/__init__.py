"""Use cases of figures and supervision, one function each, and their tables as CSV.

`figures` counts cases, `supervision` reads steps, records and circulars, `spreadsheets` writes each
as a table. Other slices may import all of it. Begin with `figures.read_figures`.
"""
