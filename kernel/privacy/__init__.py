"""Personal data: sealed, declared, retained and redacted.

`crypto` encrypts columns and indexes what is encrypted, `personal` declares what a column holds,
`keeping` expires, erases and exports rows by these declarations, `redaction` takes personal data
out of logs. Everything may be imported by everybody. Begin with `personal`.
"""
