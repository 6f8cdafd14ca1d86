"""What can be asked of the case service: a function a use case, in one transaction each.

A use case takes the transaction, the desk and the actor, loads, asks the domain, and returns a wire
model; `kernel.database.database` commits when it returns. None knows the web.
"""
