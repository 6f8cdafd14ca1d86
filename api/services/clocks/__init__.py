"""The clocks of cases: set after each move, shown, and escalated when due.

Cases and joint work import it. Begin with `clocks`, then `escalating.escalate`.
"""
