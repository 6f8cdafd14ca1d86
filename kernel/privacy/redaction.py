"""Mask personal data and secrets in texts for operators.

It masks by patterns in any text, and by field names where no pattern exists. It is only the last
protection: code should not log such data at all.
"""

import re
from collections.abc import Collection, Mapping

MASK = "[redacted]"

_DEEPEST = 6

_SECRET_NAME = re.compile(
    r"secret|token|passw|phone|authori[sz]ation|cookie|api_?key|private_?key|id_number|id_card"
    r"|credential",
    re.IGNORECASE,
)

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    # Authorization headers, in the logs of HTTP clients.
    (re.compile(r"\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE), rf"\1 {MASK}"),
    # Telegram bot tokens, which are in the path of every Bot API URL.
    (re.compile(r"(?<!\d)\d{6,12}:[A-Za-z0-9_-]{30,}"), MASK),
    # Passwords in URLs, such as those of databases and Redis; a password may contain @.
    (re.compile(r"(\w://[^\s:/@]*):[^\s/]+@"), rf"\1:{MASK}@"),
    # name=value in a query, a DSN, a repr or JSON, when the name is a secret's.
    (
        re.compile(
            r"((?:secret|token|passw(?:or)?d|api_?key)\w{0,64}['\"]?\s*[=:]\s*)"
            r"(?:'[^']*'|\"[^\"]*\"|[^\s'\"&;,)]+)",
            re.IGNORECASE,
        ),
        rf"\1{MASK}",
    ),
    # Resident identity numbers, before telephone numbers, which could match a part of one.
    (re.compile(r"(?<![0-9A-Za-z])[1-9]\d{16}[\dXx](?![0-9A-Za-z])"), MASK),
    # Mainland mobile numbers, with or without country code and separators.
    (re.compile(r"(?<!\d)(?:(?:\+|00)?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)"), MASK),
    # Landline numbers with area code.
    (re.compile(r"(?<!\d)0\d{2,3}[- ]\d{7,8}(?!\d)"), MASK),
)


def is_secret_name(name: str) -> bool:
    """Return whether a field of this name is always masked."""
    return _SECRET_NAME.search(name) is not None


def redact_text(text: str) -> str:
    """Mask tokens, passwords, telephone and identity numbers in `text`."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def redact(value: object, name: str = "", hide: Collection[str] = ()) -> object:
    """Mask the secrets in `value`, by its own `name` and by the names and texts inside it.

    `hide` are further names whose values are masked.
    Mappings, lists, tuples and sets are copied. Other objects are checked by their text and kept
    when it contains nothing to mask. Booleans and `None` stay: operators may see whether a secret
    is set.
    """
    return _redact(value, name, hide, 0)


def _redact(value: object, name: str, hide: Collection[str], depth: int) -> object:
    if value is None or isinstance(value, bool):
        return value
    if name and (name in hide or is_secret_name(name)):
        return MASK
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    if depth >= _DEEPEST:
        return MASK
    if isinstance(value, Mapping):
        return {
            redact_text(str(key)): _redact(item, str(key), hide, depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [_redact(item, "", hide, depth + 1) for item in value]
    shown = str(value)
    clean = redact_text(shown)
    return value if clean == shown else clean
