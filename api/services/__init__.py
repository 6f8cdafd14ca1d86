"""Use cases of the case service: one function for each, in one transaction each.

A use case takes the transaction, the `desk.ServiceDesk` and the actor. It loads, applies the
domain's rules and returns a wire model; `kernel.database` commits when it returns. No use case
depends on HTTP. One folder per subject: `cases` (reading), `moves` (writing) above `joint`,
`surveys`, `attachments`, `clocks`; the files here serve several. Begin with `desk`, then
`moves.opening`.
"""
