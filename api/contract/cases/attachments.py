"""Wire models of a case's files; their bytes have a separate route."""

from datetime import datetime
from typing import Literal

from api.contract.wire import ResponseModel


class AttachmentOut(ResponseModel):
    """A file: `media_type` is detected from its bytes, `width` and `height` exist only for images.

    `sender` is the side that sent it. `entry` is the `seq` of its history entry; files of the
    opening have none.
    """

    id: str
    sender: Literal["citizen", "staff"] = "citizen"
    entry: int | None = None
    media_type: str
    size: int
    width: int | None = None
    height: int | None = None
    name: str
    uploaded_at: datetime


class Attachments(ResponseModel):
    """The files of one case, oldest first; a citizen sees only the citizen's files."""

    number: str
    items: tuple[AttachmentOut, ...]
