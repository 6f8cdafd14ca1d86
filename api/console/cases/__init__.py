"""Pages of cases: the queue, one case with its moves and clocks, intake, joint work, calls.

Only `api.pages` and `api.console.app` import them. Begin with `queue`, then `case`.
"""
