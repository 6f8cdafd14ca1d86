"""Joint work in the database: assessments, tasks, meetings, candidates for review, what is open.

Begin with `tables`, then `together`.
"""
