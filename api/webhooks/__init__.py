"""Webhooks: events of cases posted to subscribers, signed, in order, retried for days.

It listens to the events of the core (`service.enqueue`) and writes their deliveries in the same
transaction; `jobs.Webhooks` posts what is due. Others import `service`; `solvefirst/` also wires
`jobs` and lists the dead letters of `store`. Begin reading at `service`, then `rules` for who is
told of what.
"""
