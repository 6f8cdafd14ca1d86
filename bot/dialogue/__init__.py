"""Run turns: answer the next message of a leased conversation, in one commit.

Begin with `turns.Turns.run`; `answerer` asks for the outcome of a message. `engine` has the port of
the dialogue engine and its adapters, `desk` the port to staff who answer instead; `commands` and
`offers` translate commands and typed button titles into payloads. May be imported by `channels`,
`live` and `inbound`; imports `privacy`, `outbound` and `store`.
"""
