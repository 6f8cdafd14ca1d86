"""Joint work of several units: assessments, tasks, meetings, the month's review, what is open.

Moves import it. Begin with `assessing`, then `review`.
"""
