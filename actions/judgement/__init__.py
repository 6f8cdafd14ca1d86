"""Read a message of the form: as answer, correction, addition or another matter.

This folder also reads categories, contacts and places. Begin with `listening.take`, which handles
each message; `hearing.DraftUpdate` holds the message, the draft and the result. `form`, `case` and
`talk` may import it; it imports only the files of `actions`.
"""
