"""Files that citizens send: handed over to the case service as they come, read back from there.

A file needs somebody whose it is before its message is taken in, so a first file makes the
conversation that its message will then be in.
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
from kernel.database import Database
from kernel.ids import Ids
from kernel.transaction import Transaction

MOST = 10
"""Files of one message."""


class FileRefused(Exception):  # noqa: N818 - what happens to the file
    """A file that is not kept whatever is done: `code` says why, as the case service puts it."""

    def __init__(self, code: str = "attachment_type_refused", status: int = 415) -> None:
        super().__init__(code)
        self.code = code
        self.status = status


class CitizenFiles:
    """Keeps and reads the files of citizens, each in the name of one conversation."""

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
        """Keep a file of whoever writes from `address`; its id goes with the message.

        `peer` is the network address that it came from; it goes on as a blind index alone.

        Raises:
            FileRefused: it will never be taken.
            api.client.ApiUnavailable: not now.
        """
        whose = await self.conversation(channel, address)
        origin = self._envelopes.index_address("peer", peer).hex()[:64] if peer else None
        try:
            return await self._client.keep_attachment(stream, whose, name, origin=origin)
        except ApiProblem as problem:
            raise FileRefused(problem.code, problem.status) from None

    async def read(self, channel: str, address: str, id_: str) -> FileOut:
        """Read a file back for whoever writes from `address`.

        Raises:
            FileRefused: there is none for them.
            api.client.ApiUnavailable: not now.
        """
        whose = await self.conversation(channel, address)
        try:
            return await self._client.attachment(id_, contact_point=whose)
        except ApiProblem as problem:
            raise FileRefused(problem.code, problem.status) from None

    async def conversation(self, channel: str, address: str) -> str:
        """Give the conversation of an address; one that is new begins here."""
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
        except IntegrityError:  # its first message was faster
            begun: str | None = await self._database.read(_known, channel, index)
            if begun is None:
                raise
            return begun


Keep = Callable[[str, AsyncIterable[bytes], str, str | None], Awaitable[str]]
"""Keeps a file of an address: its bytes, its name, what it is said to be; gives its id.

Raises `FileRefused` when it will never be taken; any other error is one that may pass.
"""


def keeper(attachments: CitizenFiles, channel: str) -> Keep:
    """Make what a channel keeps files with."""

    async def keep(address: str, stream: AsyncIterable[bytes], name: str, mime: str | None) -> str:
        del mime  # said by the sender; what it is, is told from the bytes
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
