"""Serve the metrics of one process in the format of Prometheus at `/metrics`, under a token.

`endpoint` serves and writes them, `loops` reads the supervisor, `queues` reads the stores,
`requests` counts the web server's answers. Other counters (`bot.outbound.counts`) are in the
process's registry, `solvefirst.wiring.foundation.Foundation.metrics`. Labels are names that the
code or the routes define, and never users' input: a test searches for a marked citizen.
Begin with `endpoint`.
"""
