"""Define codes that people read and type, from letters and digits that look different."""

import hashlib
import re
import unicodedata
from datetime import timedelta

from api.errors import Limited, NotFound

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: without I, L, O and U."""

RECEIPT_LETTERS = 12
"""A receipt's access code has just under 60 random bits."""

JOIN_LETTERS = 8
JOIN_LIFE = timedelta(minutes=10)
"""A join code has just under 40 random bits, lives ten minutes and works once."""

JOIN_TRIES = 5
JOIN_WINDOW = timedelta(minutes=10)
"""Time window for the number of wrong join codes of a contact point."""

FOLLOW_TRIES = 5
FOLLOW_WINDOW = timedelta(minutes=15)
"""Wrong access codes of one contact point. There is no limit per case, which strangers could use
up: 60 random bits are not guessed, however many try."""

TICKET_LIFE = timedelta(minutes=10)
"""How long the link to an export can be used."""

_LOOKALIKES = str.maketrans("ILO", "110")
_FILLING = re.compile(r"[\s\-\u2010-\u2015_.]+")


def make(secret: str, letters: int) -> str:
    """Make a code of `letters` (12 at most) out of a random secret.

    It has a digit: one of letters alone would look like a word, to people as to a model of words.
    """
    digest = hashlib.sha256(secret.encode()).digest()
    while True:
        bits = int.from_bytes(digest[:8])
        code = "".join(ALPHABET[bits >> 5 * place & 31] for place in range(letters))
        if any(map(str.isdecimal, code)):
            return code
        digest = hashlib.sha256(digest).digest()


def grouped(code: str) -> str:
    """Show a code in groups of four."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def typed(text: str) -> str:
    """Bring a code to its one form, however it was typed."""
    plain = unicodedata.normalize("NFKC", text).upper()
    return _FILLING.sub("", plain).translate(_LOOKALIKES)


class CodeWrong(NotFound):
    """The code joins or opens nothing: mistyped, used, too old, or never there."""

    code = "code_wrong"


class TriesUsedUp(Limited):
    """Too many wrong codes: may be tried again at `next_at`."""

    code = "tries_used_up"


class TicketUsed(NotFound):
    """The link was used, has run out, or never was one."""

    code = "ticket_used"
