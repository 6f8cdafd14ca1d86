"""Attachments: what is taken at all, how it is told from its bytes, and to whom it belongs.

Taken are photos (JPEG, PNG, WebP), documents (PDF) and short films (MP4). What a file is called and
what its sender says that it is counts for nothing. HEIC is refused, as browsers and Telegram hand
photos over as JPEG by themselves and its decoders are large and often mended; so are archives,
office files, SVG and everything else that can carry a program.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from api.errors import Invalid, Limited, NotFound, TooLarge, Unsupported


class MediaType(StrEnum):
    """The kinds of file that are taken."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    PDF = "application/pdf"
    MP4 = "video/mp4"

    @property
    def is_image(self) -> bool:
        """Whether it is decoded and written anew, and may therefore be shown in a page."""
        return self in {MediaType.JPEG, MediaType.PNG, MediaType.WEBP}

    @property
    def suffix(self) -> str:
        """The ending of such a file's name."""
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
    """What is taken: `size` bytes of one file, `pixels` of one image, `waiting` files a person.

    `waiting` counts files that belong to no case yet; those are dropped after `keep`. Of all people
    together they may have `waiting_size` bytes, so that nobody fills the disk, and from one origin,
    a network address, `origin_waiting` files of `origin_size` bytes; 0 is no limit of an origin.
    An image is written with at most `side` pixels on its longer side.
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
"""Bytes from which a file's kind is told."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a citizen (`contact_point`) or of somebody at work on the case (`staff`, an id).

    `number` is the case that it belongs to, None until one is opened or takes it; `entry` is the
    entry of the case's history that it came with, where it came with one. `file` is its random name
    among the files; `name` is what its sender calls it.
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
    """Tell a file's kind from its first `HEAD` bytes; None for what is not taken."""
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
    """Make a name that may be shown and saved, ending as the file's kind does.

    Folders, characters that cannot be seen or turn the writing direction, and whatever a shell or a
    header would take for its own are left out.
    """
    last = _PARTS.split(given or "")[-1]
    seen = "".join(
        character if unicodedata.category(character)[0] in "LMNPSZ" else "" for character in last
    )
    stem = _UNSHOWN.sub("_", seen.rpartition(".")[0] or seen).strip("._- ")[:_LONGEST_NAME]
    return (stem or "file") + media_type.suffix


class AttachmentNotFound(NotFound):
    """No such attachment for this caller: never there, dropped since, or another citizen's."""

    code = "attachment_not_found"


class AttachmentTooLarge(TooLarge):
    """More bytes than one file may have (`max_bytes`)."""

    code = "attachment_too_large"


class AttachmentTypeRefused(Unsupported):
    """The bytes are none of the kinds that are taken."""

    code = "attachment_type_refused"


class AttachmentUnreadable(Invalid):
    """It begins like a file that is taken and is none (`reason`), or it is empty."""

    code = "attachment_unreadable"


class AttachmentPixels(Invalid):
    """An image with more pixels than are decoded (`max_pixels`)."""

    code = "attachment_too_many_pixels"


class AttachmentLimitReached(Limited):
    """As many files wait for a case as may (`most`)."""

    code = "attachment_limit_reached"
