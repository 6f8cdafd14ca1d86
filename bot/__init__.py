"""The citizen's side: messages in, one turn at a time, messages out.

`channels` and `live` stand above `inbound`, then come `dialogue`, `privacy`, `outbound` and
`store`; a folder imports only those below it and the files here. The files here are what all use:
shapes (`message`, `push`), words (`texts`), limits of a message (`limits`), HTTP routes (`http`).
`app` puts everything together. Begin with `inbound.intake.Intake.handle`, the road of one message.
"""
