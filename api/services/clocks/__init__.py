"""The clocks of cases: set after each move, shown, and taken to their next step when due.

Cases and joint work import it. Begin with `clocks`, then `escalating.escalate`.
"""
