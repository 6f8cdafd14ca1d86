"""Write pages of `docs/` from the code, and report outdated locks.

Each module returns the text of one page; tests compare the pages with the code. `personal_data`
also runs at the start of a process and collects the tables of all stores. Imported by `cli`,
`serve`, `chat`. Begin with `lifecycle`.
"""
