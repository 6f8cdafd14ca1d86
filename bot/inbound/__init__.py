"""Receive messages: store each as an inbox row with a lease, then run its turn.

Begin with `intake.Intake.handle`. `danger` looks for danger, `unkept` answers reports of it while
the store cannot write, `quotas` are rate limits of network addresses, `attachments` passes files to
the case service. `channels` may import it; it imports `dialogue`, `outbound` and `store`.
"""
