"""What a message means while a matter is being told: answer, correction, addition, other matter.

Here live the reading of a message for the form and its parts: categories, contacts, places. Begin
with `listening.take`, which takes each message; `hearing.DraftUpdate` holds the message, the draft
and what comes of it. May be imported by `form`, `case` and `talk`; imports the files of `actions`
only.
"""
