"""REST, as Rasa's own channel speaks it: a message in, its replies in the response.

Begin with `channel.RestChannel`, which holds the routes; `body` reads requests and writes entries,
`document` describes both in the OpenAPI document. Imported by `bot.app`.
"""
