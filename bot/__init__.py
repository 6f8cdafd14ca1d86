"""Citizen's side: receive messages, run turns, send replies and pushes.

`channels` and `live` stand above `inbound`, then come `dialogue`, `privacy`, `outbound` and
`store`; a folder imports only folders below it and the files here. The files here are shared:
types (`message`, `push`), words (`texts`), limits of a message (`limits`), HTTP routes (`http`).
`app` wires everything from `parts`; `running` starts and stops it. Begin with
`inbound.intake.Intake.handle`, the path of one message.
"""
