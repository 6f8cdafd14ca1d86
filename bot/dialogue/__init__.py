"""The turn: a message whose conversation is leased becomes replies, in one commit.

Begin with `turns.Turns.run`. `engine` holds the port to the dialogue engine and its adapters,
`desk` the port to people who answer instead; `commands` and `offers` translate commands and typed
button titles into payloads. May be imported by `channels`, `live` and `inbound`; imports `privacy`,
`outbound` and `store`.
"""
