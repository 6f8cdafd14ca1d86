"""Send replies and pushes under rate limits, and report their delivery.

Begin with `delivery.Delivery` (reads messages back and signals new ones) and `sending.Sending`
(sends due rows of `outbox` through the port `sender`). `hooks` receives case events, `pushes` makes
their words, `outgoing` writes their rows, `reports` sends delivery reports. All folders except
`store` may import it; it imports `store`.
"""
