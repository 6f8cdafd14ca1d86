"""Rate limits and quotas: token buckets and held places, in one process or for a fleet."""
