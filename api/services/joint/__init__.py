"""Joint work of several units: assessments, tasks, meetings, monthly review, open items.

Moves import it. Begin with `assessing`, then `review`.
"""
