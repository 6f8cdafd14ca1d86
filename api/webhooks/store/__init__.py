"""Subscribers to events in the database, and what is on its way to them.

`deliveries` imports `subscribers`; `api.webhooks.service` and `jobs` import both. Begin with
`deliveries.QUEUE`.
"""
