"""Where the core keeps things: tables and repositories, one class a subject over one transaction.

A folder a subject: `cases` below `clocks`, `events` and `joint`; `attachments` beside them. `work`
hands all of them out to a use case. Services import it. Begin with `work`, then `cases.cases`.
"""
