"""Webhooks: events of cases posted to subscribers, signed, in order, retried for days.

It receives the events of the core (`service.enqueue`) and writes their deliveries in the same
transaction; `jobs.Webhooks` posts due ones. Other packages import `service`; `solvefirst/` also
wires `jobs` and lists the dead letters of `store`. Begin with `service`, then `rules`, which
selects the subscribers of an event.
"""
