"""Tables and repositories of the core: one repository class for each subject, on one transaction.

One folder per subject: `cases` below `clocks`, `events` and `joint`; `attachments` is independent.
`work` gives a use case all repositories. Services import it. Begin with `work`, then `cases.cases`.
"""
