"""Files of cases: received, checked, bound to a case, read.

Moves and joint work import it. Begin with `attachments.give`; `uploads` streams one in.
"""
