"""Web chat: one page, one WebSocket with JSON frames, files over HTTP.

Begin with `channel`, whose docstring lists the frames. `page` serves the files of `static`, `files`
receives and shows attachments, `sessions` stores which secret may continue which conversation.
`bot.app` imports it.
"""
