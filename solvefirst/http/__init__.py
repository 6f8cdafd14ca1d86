"""What stands around the routes of a process: bounds on connections, the door, `/health`.

`connections` sets deadlines of requests, `door` gives a request its address and refuses foreign
hosts, `health` answers load balancers. Imported by `serve`, `wiring` and `doctor`.
Begin with `door`.
"""
