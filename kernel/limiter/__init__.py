"""Rate limits (token buckets) and limits on concurrent holders, for one process or several.

`port.Limiter` is what all import; `local` counts in memory and is the default, `valkey` counts for
all processes and is imported by the wiring only. Begin with `port`.
"""
