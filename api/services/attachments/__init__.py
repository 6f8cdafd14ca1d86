"""Files of cases: receive, check, attach to a case, read.

Moves and joint work import it. Begin with `attachments.give`; `uploads` streams one in.
"""
