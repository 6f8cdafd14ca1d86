"""Joint work in the database: assessments, tasks, meetings, review candidates, open items.

Begin with `tables`, then `together`.
"""
