"""Events of cases in the database, and the surveys that an event starts.

An event is written in the transaction of its move; `api.webhooks` delivers it. Begin with
`events.Events.emit`.
"""
