"""Cursors of long lists: which list, and the moment and the key of the last thing shown."""

import base64
import binascii
from datetime import datetime

from api.errors import CursorInvalid

_NEVER = "-"
_LONGEST = 64


def write_cursor(of: str, moment: datetime | None, key: str) -> str:
    """Name a place in the list `of`, for a caller who need not read it.

    Things without a moment come behind all others.
    """
    plain = f"{of} {moment.isoformat() if moment is not None else _NEVER} {key}"
    return base64.urlsafe_b64encode(plain.encode()).rstrip(b"=").decode()


def read_cursor(of: str, cursor: str) -> tuple[datetime | None, str]:
    """Read a cursor that came back.

    Raises:
        CursorInvalid: it is none that this list gave.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        list_, written, key = base64.urlsafe_b64decode(padded).decode("ascii").split(" ")
        moment = None if written == _NEVER else datetime.fromisoformat(written)
    except (ValueError, binascii.Error):
        raise CursorInvalid from None
    if list_ != of or (moment is not None and moment.tzinfo is None):
        raise CursorInvalid
    if len(key) > _LONGEST or not key.replace("_", "").replace("-", "").isalnum():
        raise CursorInvalid
    return moment, key


def read_moment(of: str, cursor: str) -> tuple[datetime, str]:
    """Read a cursor of a list in which everything has a moment.

    Raises:
        CursorInvalid: it is none that this list gave.
    """
    moment, key = read_cursor(of, cursor)
    if moment is None:
        raise CursorInvalid
    return moment, key
