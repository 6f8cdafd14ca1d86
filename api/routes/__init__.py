"""The service on the web: routes, sign-in by token, problem details, documentation.

Files here are what all routes share: `context`, `auth`, `answers`, `problems`, `preconditions`.
Routes of cases and of people lie in a folder each, those of a slice in the slice. They import
services; `api.app` imports them. Begin with `context`, then `cases.cases`.
"""
