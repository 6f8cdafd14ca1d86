"""The domain model of a case, without I/O: plain Python, the standard library and the clock.

One folder per subject: `lifecycle` (states and moves), `cases` (the case and its words), `clocks`
(which clock runs when), `moves` (rules of single moves), `joint` (several units), `surveys`,
`attachments`. It imports `api.people.rules`, `api.catalogue.rules` and `api.errors`. Begin with
`lifecycle`, then `cases.case`.
"""
