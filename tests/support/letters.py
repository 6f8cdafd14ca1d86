"""A table of letters as a queue of the lease kit, and the steps that tests take on it."""

from datetime import datetime, timedelta

from sqlalchemy import (
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    insert,
    literal_column,
    text,
)

from kernel import leases
from kernel.backoff import Backoff
from kernel.clock import ManualClock
from kernel.database.columns import UtcDateTime
from kernel.database.database import Database, Transaction
from kernel.leases import LeaseQueue, RowLease

METADATA = MetaData()
LETTER = Table(
    "letter",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("line", String(8), nullable=False),
    Column("state", String(8), nullable=False, default="due"),
    Column("due_at", UtcDateTime, nullable=False),
    Column("owner", String(40)),
    Column("fence", Integer, nullable=False, default=0),
    Column("attempts", Integer, nullable=False, default=0),
    Column("error", String(200)),
    Column("dead_at", UtcDateTime),
    Column("body", LargeBinary),
)
Index(
    "letter_due",
    LETTER.c.due_at,
    sqlite_where=text("state = 'due' AND dead_at IS NULL"),
    postgresql_where=text("state = 'due' AND dead_at IS NULL"),
)
QUEUE = LeaseQueue(
    "letters",
    LETTER,
    (LETTER.c.id,),
    due=LETTER.c.due_at,
    owner=LETTER.c.owner,
    pending=lambda c: (c.state == literal_column("'due'")) & c.dead_at.is_(None),
    fence=LETTER.c.fence,
    attempts=LETTER.c.attempts,
    error=LETTER.c.error,
    dead=LETTER.c.dead_at,
    line=(LETTER.c.line,),
    place=(LETTER.c.id,),
)
NOTE = Table(
    "note",
    METADATA,
    Column("box", String(8), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("due_at", UtcDateTime, nullable=False),
    Column("owner", String(40)),
)
PLAIN = LeaseQueue(
    "notes",
    NOTE,
    (NOTE.c.box, NOTE.c.number),
    due=NOTE.c.due_at,
    owner=NOTE.c.owner,
    pending=lambda c: c.number > 0,
)
"""A queue with no more than it must have, and a key of two columns."""

LEASE = timedelta(seconds=30)
BACKOFF = Backoff(first=10, factor=2, longest=60, jitter=0)


class Place:
    """A database with the letters, and a clock."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.database = database
        self.clock = clock

    async def put(self, *lines: str) -> None:
        await self.database.run(_put, lines, self.clock.now())

    async def claim(self, owner: str = "one", limit: int = 10) -> list[RowLease]:
        now = self.clock.now()
        return await self.database.run(
            leases.claim,
            QUEUE,
            owner=owner,
            now=now,
            until=now + LEASE,
            limit=limit,
            columns=(LETTER.c.line,),
        )

    async def fail(self, lease: RowLease, attempts: int = 3) -> bool | None:
        return await self.database.run(
            leases.retry,
            QUEUE,
            lease,
            now=self.clock.now(),
            error="the line to 13800138000 broke",
            backoff=BACKOFF,
            attempts=attempts,
        )

    async def finish(self, lease: RowLease) -> bool:
        return await self.database.run(leases.finish, QUEUE, lease, {LETTER.c.state: "done"})


def _put(tx: Transaction, lines: tuple[str, ...], now: datetime) -> None:
    tx.execute(insert(LETTER), [{"line": line, "due_at": now} for line in lines])


def keys(found: list[RowLease]) -> list[int]:
    return [lease.key[0] for lease in found]
