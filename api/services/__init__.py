"""What can be asked of the case service: a function a use case, in one transaction each.

A use case takes the transaction, the `desk.ServiceDesk` and the actor, loads, asks the domain, and
returns a wire model; `kernel.database` commits when it returns. None knows the web. A folder a
subject: `cases` (reading), `moves` (writing) above `joint`, `surveys`, `attachments`, `clocks`;
files beside them serve several. Begin with `desk`, then `moves.opening`.
"""
