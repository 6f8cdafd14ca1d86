"""Channels, independent of each other: web chat, Telegram, REST, terminal.

A channel makes a `bot.message.InboundMessage` and passes it to `inbound.intake`. It shows the
replies itself or implements the port `outbound.sender`. Only `bot.app` and `solvefirst` import from
here. A channel imports the folders below and no other channel. Begin with `rest.channel`;
`webhook` is the base of a channel whose carrier posts messages.
"""
