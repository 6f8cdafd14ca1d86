"""The one road out: replies, pushes, delivery reports, rate limits.

Begin with `delivery.Delivery` (what was said, read back and rung for) and `sending.Sending` (due
rows of `outbox` sent through the port `sender`). `hooks` takes case events, `pushes` words them,
`outgoing` writes their rows, `reports` tells what became of them. May be imported by all but
`store`; imports `store`.
"""
