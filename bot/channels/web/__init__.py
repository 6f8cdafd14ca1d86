"""Web chat: one page, one WebSocket with JSON frames, files over HTTP.

Begin with `channel` and with `frames`, whose docstring lists the frames. `connection` serves one
socket, `page` the files of `static`. `files` receives and shows attachments, `sessions` stores
which secret may continue which conversation. `bot.app` imports it.
"""
