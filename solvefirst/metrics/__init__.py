"""Metrics of one process in the format of Prometheus, served at `/metrics` under a token.

`endpoint` serves and writes them, `loops` reads the supervisor, `queues` the stores, `requests`
counts what the web server answers. What is counted elsewhere (`bot.outbound.counts`) stands in the
registry of the process, `solvefirst.wiring.foundation.Foundation.metrics`. Labels hold names that
the code or the catalogue of routes defines, never what somebody wrote: a test looks for a marked
citizen.
"""
