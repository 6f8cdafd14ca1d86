"""Rate limits (token buckets) and limits on concurrent holders, for one process or several."""
