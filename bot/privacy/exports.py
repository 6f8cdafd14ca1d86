"""Answer the link to a citizen's export with an archive of all data about them.

The case service returns the ticket's owner and its part of the data; the conversations are added
here. The archive is written in a thread. The ticket is used up only when the archive is complete,
so that the link works again after a failure.
"""

import asyncio
import secrets
import zipfile
from collections.abc import AsyncIterator, Sequence
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from structlog import get_logger

from api.client import ApiClient, ApiProblem, ApiUnavailable
from api.contract import AttachmentOut, CitizenExport
from bot.message import InboxMessage, OutboxMessage
from bot.outbound.delivery import Delivery
from bot.store.envelope import Envelopes, wire
from bot.store.tables import conversation, inbox, outbox
from bot.texts import LANGUAGES, CitizenTexts
from kernel import json
from kernel.database.database import Database
from kernel.database.transaction import Transaction

PATH = "/privacy/export/{ticket}"

_IN_MEMORY = 4 * 1024 * 1024
_PIECE = 64 * 1024
_PAGE = 200
"""Events of a conversation that are read and decrypted at once."""
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}

logger = get_logger(__name__)


class Exports:
    """Serves the archive behind the link."""

    def __init__(
        self,
        *,
        client: ApiClient,
        database: Database,
        envelopes: Envelopes,
        delivery: Delivery,
        texts: CitizenTexts,
    ) -> None:
        self._client = client
        self._database = database
        self._envelopes = envelopes
        self._delivery = delivery
        self._texts = texts

    async def download(self, request: Request) -> Response:
        """Return the archive once; later, or for an invalid link, a message in both languages."""
        ticket = request.path_params["ticket"]
        try:
            export = await self._client.redeem_export(ticket)
        except ApiProblem:
            return self._words("export_gone", 410)
        except ApiUnavailable:
            return self._words("export_later", 503)
        spool = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed when it was sent
        try:
            await self._fill(spool, export)
            await self._client.spend_export(ticket, secrets.token_urlsafe(16))
        except ApiProblem:  # another download of this link finished first
            spool.close()
            return self._words("export_gone", 410)
        except (ApiUnavailable, SQLAlchemyError):
            logger.warning("export_not_built", exc_info=True)
            spool.close()
            return self._words("export_later", 503)
        except BaseException:
            spool.close()
            raise
        size = spool.tell()
        spool.seek(0)
        return StreamingResponse(
            _sent(spool),
            media_type="application/zip",
            headers={
                **_HEADERS,
                "Content-Length": str(size),
                "Content-Disposition": 'attachment; filename="solvefirst-export.zip"',
            },
        )

    async def _fill(self, spool: IO[bytes], export: CitizenExport) -> None:
        said = await self._conversations(export)

        def everything() -> bytes:
            return json.dumps({**export.model_dump(mode="json"), "conversations": said}).encode()

        with zipfile.ZipFile(spool, "w", zipfile.ZIP_DEFLATED) as archive:
            words = await asyncio.to_thread(everything)
            await asyncio.to_thread(archive.writestr, "export.json", words)
            for file in _files(export):
                try:
                    found = await self._client.attachment(
                        file.id, contact_point=export.contact_points[0].contact_point
                    )
                except ApiProblem:
                    logger.warning("export_without_file", file=file.id)
                    continue
                await asyncio.to_thread(
                    archive.writestr, f"files/{file.id}-{file.name}", found.body
                )

    async def _conversations(self, export: CitizenExport) -> list[dict[str, Any]]:
        found = []
        for point in export.contact_points:
            known = await self._database.read(_known, point.contact_point)
            if known is None:
                continue
            about, times = known
            address = self._envelopes.open_address(about.pop("address"))
            messages: list[dict[str, Any]] = []
            for after in range(0, max(times, default=0), _PAGE):  # decrypting a page takes some ms
                said, _ = await self._delivery.transcript(
                    point.contact_point, after, _PAGE, after + _PAGE
                )
                messages += ({"at": times.get(row.event), **_line(row)} for row in said)
            found.append({**about, "address": address, "messages": messages})
        return found

    def _words(self, key: str, status: int) -> Response:
        words = "\n\n".join(self._texts.words(key, language) for language in LANGUAGES)
        return Response(words, status_code=status, media_type="text/plain", headers=_HEADERS)


def _files(export: CitizenExport) -> list[AttachmentOut]:
    return [*export.files, *(file for case in export.cases for file in case.files)]


async def _sent(spool: IO[bytes]) -> AsyncIterator[bytes]:
    try:
        while piece := await asyncio.to_thread(spool.read, _PIECE):
            yield piece
    finally:
        spool.close()


def _line(message: InboxMessage | OutboxMessage) -> dict[str, Any]:
    if isinstance(message, OutboxMessage):
        return {"from": "agent", **wire(message.reply)}
    if message.body is None:
        return {"from": "citizen", "text": "", "files": []}
    files = list(message.body.attachments)
    return {"from": "citizen", "text": message.body.shown, "files": files}


def _known(tx: Transaction, id_: str) -> tuple[dict[str, Any], dict[int, str]] | None:
    """Read a conversation's row, with its encrypted address, and the time of each event."""
    c = conversation.c
    query = select(c.id, c.channel, c.language, c.created_at, c.address).where(c.id == id_)
    row = tx.execute(query).mappings().first()
    if row is None:
        return None
    times: dict[int, str] = {}
    for event, at, whose in (
        (inbox.c.event, inbox.c.received_at, inbox.c.conversation_id),
        (outbox.c.event, outbox.c.created_at, outbox.c.conversation_id),
    ):
        rows: Sequence[Any] = tx.execute(select(event, at).where(whose == id_)).all()
        times.update({number: moment.isoformat() for number, moment in rows})
    return {**row, "created_at": row["created_at"].isoformat()}, times
