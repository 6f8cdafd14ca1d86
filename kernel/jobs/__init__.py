"""Background jobs and crons, enqueued in the caller's own transaction.

`port.Jobs` is what all import; `embedded` runs jobs on SQLite (`queue` and `tables` hold its rows),
`fleet` by procrastinate on PostgreSQL. `runs` reports long jobs to the console, `dead_letters`
lists and replays failed ones. Only the wiring imports `embedded` and `fleet`. Begin with `port`.
"""
