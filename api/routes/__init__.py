"""The HTTP API: routes, sign-in by token, problem details, documentation.

The files here are shared by all routes: `context`, `auth`, `answers`, `problems`,
`preconditions`. Routes of cases and of people have a folder each; routes of a slice are in the
slice. Routes import services, and `api.app` imports routes. Begin with `context`, then
`cases.cases`.
"""
