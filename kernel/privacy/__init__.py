"""Encrypt, declare, retain, erase and redact personal data.

`crypto` encrypts columns and makes blind indexes of encrypted values. `personal` declares which
personal data a column has. `keeping` expires, erases and exports rows by these declarations.
`redaction` removes personal data from logs. Every package may import it. Begin with `personal`.
"""
