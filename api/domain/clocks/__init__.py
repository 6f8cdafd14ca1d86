"""The clocks of a case over its moves: which start, stop, stand still, and what lapses into what.

The clock itself is `api.domain.cases.clock`. Begin with `ticking`, then `escalating`.
"""
