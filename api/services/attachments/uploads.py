"""Receive uploads: stream with a size limit, decode few at a time, store before their row."""

import asyncio
from collections.abc import AsyncIterator
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from api.contract import AttachmentOut
from api.domain.attachments.attachment import AttachmentTooLarge
from api.people.rules.actor import Actor
from api.ports import Files
from api.services.attachments import attachments
from api.services.attachments.images import IN_MEMORY
from api.services.desk import ServiceDesk
from kernel.database.database import Database

_AT_ONCE = 2
"""Most images decoded at the same time: each may need some hundred megabytes."""


class Uploads:
    """Receives files; one instance for all upload routes of a process."""

    def __init__(self, database: Database, desk: ServiceDesk, files: Files) -> None:
        self._database = database
        self._desk = desk
        self._files = files
        self._decoding = asyncio.Semaphore(_AT_ONCE)

    async def take(
        self,
        actor: Actor,
        pieces: AsyncIterator[bytes],
        *,
        name: str | None,
        announced: str,
        origin: str | None = None,
    ) -> AttachmentOut:
        """Store a file that its sender binds to a case later.

        Args:
            actor: who sends it.
            pieces: its bytes as a stream; reading stops at the size limit.
            name: the sender's name of the file.
            origin: a pseudonym of the sender's network address, if a service gives it.
            announced: the announced number of bytes; ignored unless it is digits.

        Raises:
            Refusal: as `attachments.may_upload` and `attachments.prepare`.
            AttachmentTooLarge: it is larger than one file may be.
        """
        desk = self._desk
        await self._database.read(attachments.may_upload, desk, actor, origin)
        file = attachments.file_name(desk.ids)
        with SpooledTemporaryFile(max_size=IN_MEMORY) as spool:
            source = cast("BinaryIO", spool)
            await _receive(pieces, source, announced, desk.attachment_rule.size)
            async with self._decoding:
                prepared = await asyncio.to_thread(
                    attachments.prepare, source, name, self._files, file, desk.attachment_rule
                )
        try:
            return await self._database.run(attachments.add, desk, actor, prepared, origin)
        except Exception:
            await asyncio.to_thread(self._files.delete, file)
            raise


async def _receive(
    pieces: AsyncIterator[bytes], spool: BinaryIO, announced: str, most: int
) -> None:
    """Write a stream to `spool`; stop when it is longer than `most` bytes."""
    if announced.isdecimal() and int(announced) > most:
        raise AttachmentTooLarge(max_bytes=most)
    size = 0
    async for piece in pieces:
        size += len(piece)
        if size > most:
            raise AttachmentTooLarge(max_bytes=most)
        spool.write(piece)
