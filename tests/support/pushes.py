"""Case events for tests, signed as the case service signs them, and a channel that can be told how
each sending ends."""

import asyncio
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from api.contract.events import Event
from api.contract.signing import secret_of, sign
from bot.message import Reply
from bot.outbound.sender import Outcome, Sent
from bot.store.tables import conversation, outbox

SECRET = secret_of(b"a secret of the tests, 32 bytes.")
OLD_SECRET = secret_of(b"the one before, also 32 bytes...")

UNIT = {
    "code": "u1",
    "names": {"zh": "秦淮区城管局", "en": "Qinhuai Urban Office"},
    "phone": "025-5555 0101",
    "example_phone": True,
}
CASE: dict[str, Any] = {
    "number": "20260302-000001-8",
    "kind": "complaint",
    "state": "processing",
    "category": {"code": "0101", "names": {"zh": "占道经营", "en": "Blocked way"}},
    "opened_at": "2026-03-02T01:00:00Z",
    "unit": UNIT,
}


def event(number: int, contact_point: str, type_: str = "case.progress", **data: Any) -> Event:
    """An event; its note tells its number unless it is given another."""
    return Event(
        id=f"evt_{number}",
        type=type_,
        at=datetime(2026, 3, 2, 1, 0, tzinfo=UTC),
        contact_point=contact_point,
        order=CASE["number"],
        seq=number,
        data={**CASE, "note": f"note {number}", **data},
    )


def signed(one: Event, at: datetime, *secrets: str) -> tuple[bytes, dict[str, str]]:
    """An event's body and headers."""
    body = one.model_dump_json().encode()
    return body, sign(one.id, at, body, secrets or (SECRET,))


@dataclass
class Wire:
    """A channel: what reached it in order, and how sendings end (all well, unless told)."""

    sent: list[tuple[str, str]] = field(default_factory=list)
    ends: list[Outcome] = field(default_factory=list)
    gone: Callable[[], bool] | None = None

    async def send(
        self, address: str, reply: Reply, *, event: int, skip: int = 0, admit: Any = nullcontext
    ) -> Outcome:
        async with admit():
            end = self.ends.pop(0) if self.ends else Sent()
            if isinstance(end, Sent):
                self.sent.append((address, reply.text))
            if self.gone is not None and self.gone():  # arrived, and its sender never learns of it
                await asyncio.Event().wait()
            return end

    def texts(self, address: str | None = None) -> list[str]:
        """What was said, to one address or all: the first line's end tells it apart."""
        return [text for to, text in self.sent if address in (None, to)]


async def rows(database: Any) -> list[tuple[str, str, str | None]]:
    """The outbox: event key, status, report, in the order of events."""
    found = await database.read(
        lambda tx: tx.execute(
            select(outbox.c.event_key, outbox.c.status, outbox.c.report).order_by(
                outbox.c.conversation_id, outbox.c.event
            )
        ).all()
    )
    return [tuple(row) for row in found]


async def contact_points(database: Any) -> list[str]:
    """All conversations, oldest first."""
    found = await database.read(
        lambda tx: tx.execute(
            select(conversation.c.id).order_by(conversation.c.created_at, conversation.c.id)
        ).all()
    )
    return [row[0] for row in found]
