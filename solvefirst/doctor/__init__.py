"""`solvefirst doctor`: checks of settings, stores, catalogue, models and running parts.

`run` prints all findings and checks settings and catalogue; `stores`, `dialogue` and `fleet` check
the stores, what answers citizens, and running processes. `finding` is what a check returns.
Imported by `cli` only. Begin with `run.run`.
"""
