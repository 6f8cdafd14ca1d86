"""Several units on one case: assessments, tasks of helpers, meetings, and the tiers of units.

Services of joint work and of moves import it. Begin with `assessment`, then `together`.
"""
