"""Make and parse cursors of long lists: the list, and time and key of the last entry."""

import base64
import binascii
from datetime import datetime

from api.errors import CursorInvalid

_NEVER = "-"
_LONGEST = 64


def write_cursor(of: str, moment: datetime | None, key: str) -> str:
    """Make an opaque cursor of the list `of`.

    Entries without a time come last.
    """
    plain = f"{of} {moment.isoformat() if moment is not None else _NEVER} {key}"
    return base64.urlsafe_b64encode(plain.encode()).rstrip(b"=").decode()


def read_cursor(of: str, cursor: str) -> tuple[datetime | None, str]:
    """Parse a cursor.

    Raises:
        CursorInvalid: it is not a cursor of this list.
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
    """Parse a cursor of a list in which all entries have a time.

    Raises:
        CursorInvalid: it is not a cursor of this list.
    """
    moment, key = read_cursor(of, cursor)
    if moment is None:
        raise CursorInvalid
    return moment, key
