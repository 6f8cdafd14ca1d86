"""Re-encode images, so that no bytes of the sent file, and nothing hidden in it, are stored.

A picture's size is read from its header before it is decoded. A JPEG is decoded at a fraction of
its size if possible. The functions block and are called in a thread.
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
"""Most bytes of a new file in memory; a larger one is in a temporary file."""

_LONGEST_SIDE = 30_000
_QUALITY = 85
_FORMATS = {MediaType.JPEG: "JPEG", MediaType.PNG: "PNG", MediaType.WEBP: "WEBP"}
_CLEAR = frozenset({"RGBA", "LA", "PA", "La", "RGBa"})

# Our own limit refuses before decoding; Pillow's limit would only warn.
Image.MAX_IMAGE_PIXELS = None


def rewrite(
    source: BinaryIO, media_type: MediaType, rule: AttachmentRule
) -> tuple[BinaryIO, MediaType, int, int]:
    """Decode and re-encode an image; return the new file, its type, width and height.

    The caller must close the new file.

    It is upright, at most `rule.side` pixels long, and without metadata; of an animation it is the
    first picture. A PNG stays a PNG unless it would exceed `rule.size`; all others become JPEG.

    Raises:
        AttachmentPixels: it has more pixels than `rule.pixels` and was not decoded.
        AttachmentUnreadable: it cannot be decoded completely.
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
    # Only the detected format is allowed.
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
    # Comments, colour profiles and other data that the encoder would copy.
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
