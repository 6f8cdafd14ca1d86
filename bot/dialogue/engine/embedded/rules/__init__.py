"""Rules: read from YAML, checked against each other, and used to predict the next action.

`rulefile` reads them, `rulecheck` finds contradictions when a project is loaded, `rules` looks one
up for a state, `policy` predicts from rules, forms and fallback. Imports `conversation` and
`domain`. Begin with `policy.Policy`.
"""
