"""Reading a city's catalogue: files with line numbers, checks, and a list of all mistakes.

`loading` puts it together; the files are described by `files` (`part`, `rates`), read by `located`,
checked by `checks` and `territory`, their mistakes told by `telling`. Others import `loading`.
Begin with `loading.load_catalogue`; docs/catalogue.md describes the files for a city.
"""
