"""Define attachments: accepted types, detection by content, and ownership.

Accepted are photos (JPEG, PNG, WebP), documents (PDF) and short films (MP4). The file's name and
the sender's type are not used. HEIC is refused, because browsers and Telegram convert photos to
JPEG and its decoders are large and often have security fixes. Archives, office files, SVG and all
other types that can contain programs are refused too.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from api.errors import Invalid, Limited, NotFound, TooLarge, Unsupported


class MediaType(StrEnum):
    """The accepted file types."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    PDF = "application/pdf"
    MP4 = "video/mp4"

    @property
    def is_image(self) -> bool:
        """Whether it is decoded and re-encoded, and may therefore be shown in a page."""
        return self in {MediaType.JPEG, MediaType.PNG, MediaType.WEBP}

    @property
    def suffix(self) -> str:
        """File name suffix of the type."""
        return _SUFFIXES[self]


_SUFFIXES = {
    MediaType.JPEG: ".jpg",
    MediaType.PNG: ".png",
    MediaType.WEBP: ".webp",
    MediaType.PDF: ".pdf",
    MediaType.MP4: ".mp4",
}


@dataclass(frozen=True, slots=True)
class AttachmentRule:
    """Limits: `size` bytes of a file, `pixels` of an image, `waiting` files of a person.

    `waiting` counts files without a case, which are deleted after `keep`. In total they may have
    `waiting_size` bytes, so that the disk cannot be filled. One origin (a network address) may have
    `origin_waiting` files of `origin_size` bytes; 0 means no limit per origin. An image is stored
    with at most `side` pixels on its longer side.
    """

    size: int = 10 * 1024 * 1024
    pixels: int = 50_000_000
    side: int = 2560
    waiting: int = 20
    waiting_size: int = 4 * 1024 * 1024 * 1024
    origin_waiting: int = 200
    origin_size: int = 400 * 1024 * 1024
    keep: timedelta = timedelta(hours=24)


HEAD = 16
"""Number of bytes by which a file's type is detected."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a citizen (`contact_point`) or of a staff member (`staff`, an id).

    `number` is its case, None until it belongs to one; `entry` is its entry of the case's history,
    if any. `file` is its random name in the storage; `name` is the sender's name of it.
    """

    id: str
    contact_point: str | None
    staff: str | None
    number: str | None
    entry: int | None
    file: str
    media_type: MediaType
    size: int
    width: int | None
    height: int | None
    name: str
    uploaded_at: datetime


_BRANDS = frozenset(
    {b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV",
     b"3gp4", b"3gp5", b"3gp6", b"qt  ", b"dash"}
)  # fmt: skip


def sniff(head: bytes) -> MediaType | None:
    """Detect a file's type from its first `HEAD` bytes; None when it is not accepted."""
    if head.startswith(b"\xff\xd8\xff"):
        return MediaType.JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return MediaType.PNG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return MediaType.WEBP
    if head.startswith((b"%PDF-1.", b"%PDF-2.")):
        return MediaType.PDF
    if head[4:8] == b"ftyp" and head[8:12] in _BRANDS:
        return MediaType.MP4
    return None


_LONGEST_NAME = 80
_PARTS = re.compile(r"[/\\]")
_UNSHOWN = re.compile(r'[<>:"|?*%;\s]+')


def shown_name(given: str | None, media_type: MediaType) -> str:
    """Make a safe file name for display and download, with the type's suffix.

    Folders, invisible characters, changes of the writing direction, and special characters of
    shells and headers are removed.
    """
    last = _PARTS.split(given or "")[-1]
    seen = "".join(
        character if unicodedata.category(character)[0] in "LMNPSZ" else "" for character in last
    )
    stem = _UNSHOWN.sub("_", seen.rpartition(".")[0] or seen).strip("._- ")[:_LONGEST_NAME]
    return (stem or "file") + media_type.suffix


class AttachmentNotFound(NotFound):
    """No such attachment for this caller: unknown, deleted, or another citizen's."""

    code = "attachment_not_found"


class AttachmentTooLarge(TooLarge):
    """More bytes than one file may have (`max_bytes`)."""

    code = "attachment_too_large"


class AttachmentTypeRefused(Unsupported):
    """The content is not of an accepted type."""

    code = "attachment_type_refused"


class AttachmentUnreadable(Invalid):
    """The content is broken (`reason`) or empty."""

    code = "attachment_unreadable"


class AttachmentPixels(Invalid):
    """An image with too many pixels (`max_pixels`)."""

    code = "attachment_too_many_pixels"


class AttachmentLimitReached(Limited):
    """Too many files without a case (`most`)."""

    code = "attachment_limit_reached"
