"""Files for tests, made on the spot."""

import io
from collections.abc import AsyncIterator
from typing import Any

from case_service import CaseService
from PIL import Image

from api.contract import AttachmentOut


def photo(kind: str = "JPEG", size: tuple[int, int] = (40, 30), **more: Any) -> bytes:
    """A plain red picture."""
    made = io.BytesIO()
    Image.new("RGB", size, (200, 30, 40)).save(made, kind, **more)
    return made.getvalue()


async def stream(content: bytes, step: int = 50_000) -> AsyncIterator[bytes]:
    """The content in pieces, as a network would bring it."""
    for start in range(0, len(content), step):
        yield content[start : start + step]


async def keep(
    service: CaseService, content: bytes, point: str = "cnv_1", name: str | None = "现场.jpg"
) -> AttachmentOut:
    """Upload a file for a citizen."""
    return await service.client.keep_attachment(stream(content), point, name)
