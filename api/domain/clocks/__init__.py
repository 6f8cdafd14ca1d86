"""The clocks of a case over its moves: which start, stop or pause, and what follows a lapse.

The clock itself is `api.domain.cases.clock`. Begin with `ticking`, then `escalating`.
"""
