"""Run `solvefirst doctor`: check settings, stores, catalogue, models and running parts.

`run` has the checks of this machine and prints all findings, `fleet` queries running processes,
`finding` is a check's result. Only `cli` imports this folder. Begin with `run.run`.
"""
