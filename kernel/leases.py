"""Lease and retry kit: use any table as a queue whose rows are processed under lease and fence.

A row is due when the time in its `due` column has passed. A claim writes the owner's name into
`owner` and the end of the lease into `due`. A lease that is not ended therefore becomes due again
by itself. A failed row is retried with back-off. After its last attempt it becomes a dead letter,
which staff see and can replay. Every function runs one or two statements in the caller's
transaction.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Label,
    Table,
    and_,
    func,
    not_,
    or_,
    select,
    true,
    tuple_,
    update,
)

from kernel.backoff import Backoff
from kernel.database.transaction import Transaction
from kernel.privacy.redaction import redact_text

NOTHING: Mapping[Column[Any], Any] = MappingProxyType({})

LONGEST_ERROR = 200
"""Most characters that are stored of an error; the rest is cut."""

DIED = "the process that ran it died"
"""Error of a row that failed because its leases lapsed one after another."""


@dataclass(frozen=True)
class LeaseQueue:
    """Maps the columns of a table to the fields of a queue.

    Args:
        name: the queue's name for staff.
        key: the columns of the primary key.
        due: when the next attempt may begin; while a lease is held, when it lapses.
        owner: who holds the lease; null when nobody does.
        pending: builds the condition of unfinished rows from the table's columns. It uses
            literals like the partial index over `due`, which a parameter would not match.
        fence: counts the claims. Without it each claim needs a new owner's name.
        attempts: counts the claims that were not handed back.
        error: why the last attempt failed.
        dead: when the row became a dead letter; `pending` must exclude such rows.
        line: rows with equal values in these columns are processed one after another.
        place: the order within a line. The first row blocks the others, also while it waits.
    """

    name: str
    table: Table
    key: tuple[Column[Any], ...]
    due: Column[datetime]
    owner: Column[str]
    pending: Callable[[Any], ColumnElement[bool]]
    fence: Column[int] | None = None
    attempts: Column[int] | None = None
    error: Column[str] | None = None
    dead: Column[datetime] | None = None
    line: tuple[Column[Any], ...] = ()
    place: tuple[Column[Any], ...] = ()

    @property
    def open(self) -> ColumnElement[bool]:
        """Match the unfinished rows of the table."""
        return self.pending(self.table.c)

    def row(self, key: Sequence[Any]) -> ColumnElement[bool]:
        """Match one row by its key."""
        return and_(*(column == value for column, value in zip(self.key, key, strict=True)))

    def held(self, lease: "RowLease") -> ColumnElement[bool]:
        """Match the row of a lease while no other owner has claimed it."""
        same = self.fence == lease.fence if self.fence is not None else self.owner == lease.owner
        return and_(self.row(lease.key), same, self.open)

    def first(self, now: datetime) -> ColumnElement[bool]:
        """Match the first row of each line, unless another row of the line is leased."""
        if not self.line:
            return true()
        other = self.table.alias("other")
        place = tuple_(*(other.c[column.name] for column in self.place))
        blocks = or_(
            place < tuple_(*self.place),
            and_(
                other.c[self.owner.name].is_not(None),
                other.c[self.due.name] > now,
                place != tuple_(*self.place),
            ),
        )
        same_line = (other.c[column.name] == column for column in self.line)
        return not_(select(1).where(*same_line, self.pending(other.c), blocks).exists())


@dataclass(frozen=True, slots=True)
class RowLease:
    """The right to work on one row until its lease lapses.

    `attempt` is the number of this attempt, counted from one. `lapsed` is true when the previous
    lease lapsed, so its owner probably died. `values` are the requested columns.
    """

    key: tuple[Any, ...]
    owner: str
    fence: int
    attempt: int
    lapsed: bool
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A row that is no longer retried automatically."""

    queue: str
    key: tuple[Any, ...]
    attempts: int
    error: str | None
    since: datetime


def next_due(tx: Transaction, queue: LeaseQueue, *where: ColumnElement[bool]) -> datetime | None:
    """Return when the next row is due; `None` when none is pending. Most polls need no more."""
    moment: datetime | None = tx.scalar(select(func.min(queue.due)).where(queue.open, *where))
    return moment


def claim(
    tx: Transaction,
    queue: LeaseQueue,
    *where: ColumnElement[bool],
    owner: str,
    now: datetime,
    until: datetime,
    limit: int,
    columns: Sequence[Column[Any] | Label[Any]] = (),
    order: Sequence[ColumnElement[Any]] = (),
    values: Mapping[Column[Any], Any] = NOTHING,
) -> list[RowLease]:
    """Claim the leases of up to `limit` due rows; rows that others are claiming are skipped.

    Args:
        tx: the caller's transaction.
        queue: the table and its columns.
        where: further conditions on the due rows.
        owner: the owner's name to write.
        now: the present time.
        until: when the leases lapse.
        limit: the largest number of rows.
        columns: further columns to read; labelled subqueries may read other tables.
        order: the order of claiming; by default the rows that were due first.
        values: further values to write.
    """
    found = tx.execute(
        select(*queue.key, queue.owner)
        .where(queue.open, queue.due <= now, queue.first(now), *where)
        .order_by(*(order or (queue.due,)))
        .limit(limit)
        .with_for_update(skip_locked=True, of=queue.table)
    ).all()
    if not found:
        return []
    size = len(queue.key)
    before = {tuple(row[:size]): row[size] for row in found}
    counts = [column for column in (queue.fence, queue.attempts) if column is not None]
    rows = tx.execute(
        update(queue.table)
        .where(_among(queue, list(before)))
        .values(
            {
                queue.owner: owner,
                queue.due: until,
                **{column: column + 1 for column in counts},
                **values,
            }
        )
        .returning(*queue.key, *counts, *columns)
    ).all()
    leases = {}
    for row in rows:
        key = tuple(row[:size])
        about = dict(zip((column.name for column in counts), row[size:], strict=False))
        leases[key] = RowLease(
            key=key,
            owner=owner,
            fence=about[queue.fence.name] if queue.fence is not None else 0,
            attempt=about[queue.attempts.name] if queue.attempts is not None else 1,
            lapsed=before[key] is not None,
            values=dict(
                zip((column.name for column in columns), row[size + len(counts) :], strict=True)
            ),
        )
    return [leases[key] for key in before]


def finish(
    tx: Transaction, queue: LeaseQueue, lease: RowLease, values: Mapping[Column[Any], Any]
) -> bool:
    """End a lease and store the row's result; false when the lease is lost."""
    return _end(tx, queue, lease, values)


def retry(
    tx: Transaction,
    queue: LeaseQueue,
    lease: RowLease,
    *,
    now: datetime,
    error: str,
    backoff: Backoff,
    attempts: int,
    chance: float = 0.0,
    values: Mapping[Column[Any], Any] = NOTHING,
    last: Mapping[Column[Any], Any] = NOTHING,
) -> bool | None:
    """End a lease whose attempt failed: retry later, or make the row a dead letter.

    `values` are written too, and `last` when the row becomes a dead letter. Returns whether it will
    be retried. When the lease is lost, it returns `None` and writes nothing.
    """
    again = lease.attempt < attempts or queue.dead is None
    values = dict(values) if again else {**values, **last}
    if queue.error is not None:
        values[queue.error] = redact_text(error)[:LONGEST_ERROR]
    if again:
        values[queue.due] = now + backoff.wait(lease.attempt, chance)
    elif queue.dead is not None:
        values[queue.dead] = now
    return again if _end(tx, queue, lease, values) else None


def hand_back(
    tx: Transaction,
    queue: LeaseQueue,
    lease: RowLease,
    due: datetime,
    values: Mapping[Column[Any], Any] = NOTHING,
) -> bool:
    """End a lease without counting an attempt; the row is due again at `due`."""
    values = {**values, queue.due: due}
    if queue.attempts is not None:
        values[queue.attempts] = lease.attempt - 1
    return _end(tx, queue, lease, values)


def renew(tx: Transaction, queue: LeaseQueue, lease: RowLease, until: datetime) -> bool:
    """Extend a lease; false when it is lost."""
    changed = tx.execute(update(queue.table).where(queue.held(lease)).values({queue.due: until}))
    return changed.rowcount > 0


def release(tx: Transaction, queue: LeaseQueue, *where: ColumnElement[bool], now: datetime) -> int:
    """Let the leases of owners that are known to be dead lapse now; return their number.

    The owner's name stays, so that the next claim sees that the attempt was not finished.
    """
    return tx.execute(
        update(queue.table)
        .where(queue.open, queue.owner.is_not(None), *where)
        .values({queue.due: now})
    ).rowcount


def dead_letters(
    tx: Transaction, queue: LeaseQueue, limit: int = 100, *where: ColumnElement[bool]
) -> list[DeadLetter]:
    """List dead letters, newest first."""
    if queue.dead is None:
        return []
    extra = [column for column in (queue.attempts, queue.error) if column is not None]
    rows = tx.execute(
        select(*queue.key, queue.dead, *extra)
        .where(queue.dead.is_not(None), *where)
        .order_by(queue.dead.desc())
        .limit(limit)
    ).mappings()
    return [
        DeadLetter(
            queue.name,
            tuple(row[column.name] for column in queue.key),
            row[queue.attempts.name] if queue.attempts is not None else 0,
            row[queue.error.name] if queue.error is not None else None,
            row[queue.dead.name],
        )
        for row in rows
    ]


def replay(
    tx: Transaction,
    queue: LeaseQueue,
    key: Sequence[Any],
    now: datetime,
    *where: ColumnElement[bool],
    values: Mapping[Column[Any], Any] = NOTHING,
) -> bool:
    """Replay a dead letter with all its attempts; false when the row is not a dead letter.

    `where` restricts which rows may be replayed, and `values` are written too.
    """
    if queue.dead is None:
        return False
    values = {**values, queue.dead: None, queue.due: now, queue.owner: None}
    if queue.attempts is not None:
        values[queue.attempts] = 0
    changed = tx.execute(
        update(queue.table).where(queue.row(key), queue.dead.is_not(None), *where).values(values)
    )
    return changed.rowcount > 0


def _end(
    tx: Transaction, queue: LeaseQueue, lease: RowLease, values: Mapping[Column[Any], Any]
) -> bool:
    changed = tx.execute(
        update(queue.table).where(queue.held(lease)).values({queue.owner: None, **values})
    )
    return changed.rowcount > 0


def _among(queue: LeaseQueue, keys: list[tuple[Any, ...]]) -> ColumnElement[bool]:
    if len(queue.key) == 1:
        return queue.key[0].in_([key[0] for key in keys])
    return tuple_(*queue.key).in_(keys)
