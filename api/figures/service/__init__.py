"""What can be asked of figures and supervision, a function a use case, and their tables as CSV.

`figures` counts cases, `supervision` reads steps, records and circulars, `spreadsheets` writes
each as a table. All of it may be imported by other slices. Begin with `figures.read_figures`.
"""
