"""Channels, each independent of the others: web chat, Telegram, REST, terminal.

A channel makes a `bot.message.InboundMessage`, hands it to `inbound.intake`, and shows
replies or implements the port `outbound.sender`. Only `bot.app` and `solvefirst` import from here;
a channel imports the folders below and no other channel. Begin with `rest.RestChannel`.
"""
