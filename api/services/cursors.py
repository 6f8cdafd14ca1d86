"""Cursors of long lists: the moment and the key of the last thing shown."""

import base64
import binascii
from datetime import datetime

from api.domain.errors import CursorInvalid


def write_cursor(moment: datetime, key: str) -> str:
    """Name a place in a list for the caller, who need not read it."""
    plain = f"{moment.isoformat()} {key}"
    return base64.urlsafe_b64encode(plain.encode()).rstrip(b"=").decode()


def read_cursor(cursor: str) -> tuple[datetime, str]:
    """Read a cursor that came back.

    Raises:
        CursorInvalid: it is not one of ours.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        written, key = base64.urlsafe_b64decode(padded).decode("ascii").split(" ")
        moment = datetime.fromisoformat(written)
    except (ValueError, binascii.Error):
        raise CursorInvalid from None
    if moment.tzinfo is None or not key.replace("_", "").replace("-", "").isalnum():
        raise CursorInvalid
    return moment, key
