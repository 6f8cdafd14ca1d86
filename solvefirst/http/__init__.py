"""Wrap the routes of a process: limits of connections, host check, `/health`.

`connections` sets deadlines of requests, `door` sets a request's address and refuses foreign hosts,
`health` answers load balancers. Imported by `serve`, `wiring` and `doctor`.
Begin with `door`.
"""
