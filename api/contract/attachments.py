"""Files of a case as they go over the wire; their bytes have a route of their own."""

from datetime import datetime

from api.contract.wire import Answer


class AttachmentOut(Answer):
    """A file: `media_type` was told from its bytes, `width` and `height` are of images only."""

    id: str
    media_type: str
    size: int
    width: int | None = None
    height: int | None = None
    name: str
    uploaded_at: datetime


class Attachments(Answer):
    """The files of one case, oldest first."""

    number: str
    items: tuple[AttachmentOut, ...]
