"""The one road in: a message becomes an inbox row with a lease, then a turn.

Begin with `intake.Intake.handle`. `unkept` answers danger while the store cannot write, `quotas`
are rate limits of network addresses, `attachments` hands files to the case service. May be imported
by `channels`; imports `dialogue`, `outbound` and `store`.
"""
