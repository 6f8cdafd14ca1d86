"""Files of a case as they go over the wire; their bytes have a route of their own."""

from datetime import datetime
from typing import Literal

from api.contract.wire import ResponseModel


class AttachmentOut(ResponseModel):
    """A file: `media_type` was told from its bytes, `width` and `height` are of images only.

    `sender` is whose side it came from. `entry` is the `seq` of the history's entry that it came
    with; what was there when the case was opened has none.
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
    """The files of one case, oldest first; a citizen is shown the citizen's."""

    number: str
    items: tuple[AttachmentOut, ...]
