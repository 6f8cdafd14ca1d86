"""Check that documents and films match their type and are complete; remove metadata of films.

Apart from a film's metadata the bytes are stored as sent. Therefore these files are never shown in
a page, only downloaded.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from api.domain.attachments.attachment import AttachmentUnreadable

_TAIL = 1024
_ZIP_TAIL = 66_000
"""Bytes at a file's end that contain a zip archive's directory, if there is one."""

_BOX = 8
_LONG_BOX = 16
_HOLDERS = (b"moov", b"trak")
_TELLING = frozenset({b"udta", b"meta", b"uuid"})
"""MP4 boxes with names, places and devices; players do not need them."""

_DEEPEST = 4
_MOST_BOXES = 10_000


def check_document(file: BinaryIO) -> None:
    """Check that a PDF has its end mark and is not also an archive.

    Raises:
        AttachmentUnreadable: it is truncated, or also an archive.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _ZIP_TAIL))
    tail = file.read()
    if b"%%EOF" not in tail[-_TAIL:]:
        raise AttachmentUnreadable(reason="truncated")
    if b"PK\x05\x06" in tail:
        raise AttachmentUnreadable(reason="ambiguous")


@dataclass(frozen=True, slots=True)
class _Box:
    kind: bytes
    start: int
    content: int
    end: int


def clean_film(file: BinaryIO) -> None:
    """Check that an MP4 is complete, and blank its metadata in place: author, place, device.

    A blanked box keeps its length and becomes free space, so that no offset changes.

    Raises:
        AttachmentUnreadable: it is truncated, or not an MP4.
    """
    size = file.seek(0, os.SEEK_END)
    boxes = list(_boxes(file, 0, size, 0))
    kinds = {box.kind for box in boxes}
    if not {b"moov", b"mdat"} <= kinds:
        raise AttachmentUnreadable(reason="truncated")
    for box in boxes:
        if box.kind in _TELLING:
            file.seek(box.start + 4)
            file.write(b"free")
            file.seek(box.content)
            _blank(file, box.end - box.content)


def _boxes(file: BinaryIO, start: int, end: int, depth: int) -> Iterator[_Box]:
    seen = 0
    while start < end:
        seen += 1
        if end - start < _BOX or seen > _MOST_BOXES:
            raise AttachmentUnreadable(reason="malformed")
        file.seek(start)
        head = file.read(_LONG_BOX)
        length, kind, content = int.from_bytes(head[:4]), head[4:8], start + _BOX
        if length == 1:
            length, content = int.from_bytes(head[8:16]), start + _LONG_BOX
        elif length == 0:  # up to the end
            length = end - start
        if length < content - start:
            raise AttachmentUnreadable(reason="malformed")
        if start + length > end:
            raise AttachmentUnreadable(reason="truncated")
        yield _Box(kind, start, content, start + length)
        if kind in _HOLDERS and depth < _DEEPEST:
            yield from _boxes(file, content, start + length, depth + 1)
        start += length


def _blank(file: BinaryIO, length: int) -> None:
    while length > 0:
        step = min(length, _TAIL * 64)
        file.write(bytes(step))
        length -= step
