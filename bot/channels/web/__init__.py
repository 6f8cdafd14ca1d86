"""The web chat: one page, one WebSocket that speaks JSON, files over HTTP.

Begin with `channel.WebChannel`, whose docstring lists the frames; `page` serves what lies in
`static`, `files` takes and shows attachments, `sessions` keeps who may go on with a conversation.
Imported by `bot.app`.
"""
