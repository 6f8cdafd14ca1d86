"""Pass citizens' files to the case service as they arrive, and read them back from there.

A file needs an owner before its message is received. The first file of an address therefore creates
the conversation of the later message.
"""

from collections.abc import AsyncIterable, Awaitable, Callable

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from api.client import ApiClient, ApiProblem, FileOut
from api.contract import AttachmentOut
from bot.store.envelope import Envelopes
from bot.store.modes import Mode
from bot.store.tables import conversation
from kernel.clock import Clock
from kernel.database.database import Database
from kernel.database.transaction import Transaction
from kernel.ids import Ids

MOST = 10
"""Most files of one message."""


class FileRefused(Exception):  # noqa: N818 - what happens to the file
    """A file that will never be accepted; `code` is the case service's reason."""

    def __init__(self, code: str = "attachment_type_refused", status: int = 415) -> None:
        super().__init__(code)
        self.code = code
        self.status = status


class CitizenFiles:
    """Stores and reads the files of citizens; each file belongs to one conversation."""

    def __init__(
        self,
        *,
        client: ApiClient,
        database: Database,
        envelopes: Envelopes,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._client = client
        self._database = database
        self._envelopes = envelopes
        self._clock = clock
        self._ids = ids

    async def keep(
        self,
        channel: str,
        address: str,
        stream: AsyncIterable[bytes],
        name: str | None = None,
        *,
        peer: str | None = None,
    ) -> AttachmentOut:
        """Store a file of the citizen at `address`; the message then carries its id.

        `peer` is the sender's network address; only its blind index is passed on.

        Raises:
            FileRefused: it will never be accepted.
            api.client.ApiUnavailable: it cannot be stored now.
        """
        whose = await self.conversation(channel, address)
        origin = self._envelopes.index_address("peer", peer).hex()[:64] if peer else None
        try:
            return await self._client.keep_attachment(stream, whose, name, origin=origin)
        except ApiProblem as problem:
            raise FileRefused(problem.code, problem.status) from None

    async def read(self, channel: str, address: str, id_: str) -> FileOut:
        """Read a file for the citizen at `address`.

        Raises:
            FileRefused: this citizen has no such file.
            api.client.ApiUnavailable: it cannot be read now.
        """
        whose = await self.conversation(channel, address)
        try:
            return await self._client.attachment(id_, contact_point=whose)
        except ApiProblem as problem:
            raise FileRefused(problem.code, problem.status) from None

    async def conversation(self, channel: str, address: str) -> str:
        """Return the conversation of an address; create it for a new address."""
        index = self._envelopes.index_address(channel, address)
        known: str | None = await self._database.read(_known, channel, index)
        if known is not None:
            return known
        values = {
            "id": self._ids.new("cnv"),
            "channel": channel,
            "address_index": index,
            "address": self._envelopes.seal_address(address),
            "mode": Mode.BOT,
            "received": 0,
            "answered": 0,
            "last_event": 0,
            "unsent": 0,
            "free_at": self._clock.now(),
            "fence": 0,
            "created_at": self._clock.now(),
        }
        try:
            return await self._database.run(_begin, values)
        except IntegrityError:  # its first message created it meanwhile
            begun: str | None = await self._database.read(_known, channel, index)
            if begun is None:
                raise
            return begun


Keep = Callable[[str, AsyncIterable[bytes], str, str | None], Awaitable[str]]
"""Stores a file of an address: its bytes, its name, its stated type; returns its id.

Raises `FileRefused` when it will never be accepted; after any other error a retry may help.
"""


def keeper(attachments: CitizenFiles, channel: str) -> Keep:
    """Make the function by which a channel stores files."""

    async def keep(address: str, stream: AsyncIterable[bytes], name: str, mime: str | None) -> str:
        del mime  # the sender's statement; the type is detected from the bytes
        return (await attachments.keep(channel, address, stream, name)).id

    return keep


def _known(tx: Transaction, channel: str, index: bytes) -> str | None:
    c = conversation.c
    found: str | None = tx.scalar(
        select(c.id).where(c.channel == channel, c.address_index == index)
    )
    return found


def _begin(tx: Transaction, values: dict[str, object]) -> str:
    tx.execute(insert(conversation), values)
    return str(values["id"])
