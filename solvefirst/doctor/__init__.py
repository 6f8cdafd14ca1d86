"""`solvefirst doctor`: checks of settings, stores, catalogue, models and running parts.

`run` holds the checks of this machine and prints all findings, `fleet` asks running processes,
`finding` is what a check returns. Imported by `cli` only. Begin with `run.run`.
"""
