"""Images written anew: nothing of the sent file's bytes is kept, so nothing hidden in it is either.

A picture's size is read from its header before anything is decoded; a JPEG is decoded at the
fraction of its size that is wanted. All of this blocks and is called in a thread.
"""

from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from PIL import Image, ImageOps

from api.domain.attachments.attachment import (
    AttachmentPixels,
    AttachmentRule,
    AttachmentUnreadable,
    MediaType,
)

IN_MEMORY = 1024 * 1024
"""Bytes of a file in the making that stay in memory; more goes to a nameless file."""

_LONGEST_SIDE = 30_000
_QUALITY = 85
_FORMATS = {MediaType.JPEG: "JPEG", MediaType.PNG: "PNG", MediaType.WEBP: "WEBP"}
_CLEAR = frozenset({"RGBA", "LA", "PA", "La", "RGBa"})

# Our own limit, below, refuses before decoding; Pillow's would only warn.
Image.MAX_IMAGE_PIXELS = None


def rewrite(
    source: BinaryIO, media_type: MediaType, rule: AttachmentRule
) -> tuple[BinaryIO, MediaType, int, int]:
    """Decode an image and write it anew; gives the new file, its kind, width and height.

    The new file is the caller's to close.

    Upright, at most `rule.side` pixels long, without metadata; of a moving one the first picture.
    A PNG stays one unless it came out over `rule.size`; anything else becomes a JPEG.

    Raises:
        AttachmentPixels: more pixels than `rule.pixels`; nothing was decoded.
        AttachmentUnreadable: it does not decode, or not to its end.
    """
    try:
        picture = _decoded(source, media_type, rule)
        return _written(picture, media_type, rule)
    except AttachmentPixels:
        raise
    except Exception as error:
        raise AttachmentUnreadable(reason="malformed") from error


def _decoded(source: BinaryIO, media_type: MediaType, rule: AttachmentRule) -> Image.Image:
    source.seek(0)
    # One format only: what a file begins like is what it has to be.
    opened = Image.open(source, formats=(_FORMATS[media_type],))
    width, height = opened.size
    if width * height > rule.pixels or max(width, height) > _LONGEST_SIDE:
        raise AttachmentPixels(max_pixels=rule.pixels)
    opened.draft("RGB", (rule.side, rule.side))
    opened.load()
    upright = ImageOps.exif_transpose(opened)
    see_through = upright.mode in _CLEAR or "transparency" in upright.info
    picture = upright.convert("RGBA" if see_through else "RGB")
    picture.thumbnail((rule.side, rule.side), Image.Resampling.LANCZOS)
    # Comments, colour profiles and whatever else a writer would take over from here.
    picture.info = {}
    return picture


def _written(
    picture: Image.Image, media_type: MediaType, rule: AttachmentRule
) -> tuple[BinaryIO, MediaType, int, int]:
    if media_type is MediaType.PNG:
        file = _saved(picture, "PNG")
        if file.tell() <= rule.size:
            return file, MediaType.PNG, picture.width, picture.height
        file.close()
    if picture.mode == "RGBA":
        ground = Image.new("RGB", picture.size, "white")
        ground.paste(picture, mask=picture.getchannel("A"))
        picture = ground
    return _saved(picture, "JPEG"), MediaType.JPEG, picture.width, picture.height


def _saved(picture: Image.Image, kind: str) -> BinaryIO:
    spool = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the caller closes it
    file = cast("BinaryIO", spool)
    try:
        picture.save(file, kind, quality=_QUALITY)
    except BaseException:
        file.close()
        raise
    return file
