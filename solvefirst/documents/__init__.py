"""Pages of `docs/` that are drawn from the code, and the report of outdated locks.

Each module gives the text of one page; tests hold the pages to the code. `personal_data` also runs
where a process starts: it collects the tables of all stores. Imported by `cli`, `serve` and `chat`.
Begin with `lifecycle`.
"""
