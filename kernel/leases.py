"""Lease and retry kit: rows of any table worked off as a queue, each under a lease with a fence.

A row is due when its `due` column has passed. Whoever claims it writes its name into `owner` and
the end of the lease into `due`: a claim that nobody ends therefore becomes due again by itself. A
row that fails is tried again with back-off; after its last attempt it becomes a dead letter, which
people see and can replay. Every function is one statement or two in the caller's transaction.
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
from kernel.redaction import redact_text
from kernel.transaction import Transaction

NOTHING: Mapping[Column[Any], Any] = MappingProxyType({})

LONGEST_ERROR = 200
"""Characters that are kept of why a row failed; more is cut."""

DIED = "the process that ran it died"
"""Why a row failed whose leases lapsed, one after the other."""


@dataclass(frozen=True)
class LeaseQueue:
    """A table as a queue: what its columns mean to the kit.

    Args:
        name: what people call the queue.
        key: the columns of the primary key.
        due: when the next attempt may begin; while a lease is held, when it lapses.
        owner: who holds the lease; empty when nobody does.
        pending: which rows are still to be worked off, given the table's columns. Written with
            literals as in the partial index over `due`, which no parameter would match.
        fence: counts the claims. Without one an owner's name must be new with each claim.
        attempts: counts the claims that were not taken back.
        error: why the last attempt failed.
        dead: when the row became a dead letter; `pending` must exclude such rows.
        line: rows with equal values here are worked off one after the other.
        place: the order within a line. The first row holds back the others, also while it waits.
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
        """Match the rows of the table that are still to be worked off."""
        return self.pending(self.table.c)

    def row(self, key: Sequence[Any]) -> ColumnElement[bool]:
        """Match one row by its key."""
        return and_(*(column == value for column, value in zip(self.key, key, strict=True)))

    def held(self, lease: "RowLease") -> ColumnElement[bool]:
        """Match the row of a lease for as long as nobody else has claimed it."""
        same = self.fence == lease.fence if self.fence is not None else self.owner == lease.owner
        return and_(self.row(lease.key), same, self.open)

    def first(self, now: datetime) -> ColumnElement[bool]:
        """Match rows that are the first of their line, while no other row of it is leased."""
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

    `attempt` is the number of this attempt, counted from one. `lapsed` tells that the last holder
    let its lease lapse, so it probably died. `values` are the columns that were asked for.
    """

    key: tuple[Any, ...]
    owner: str
    fence: int
    attempt: int
    lapsed: bool
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A row that is not tried again by itself."""

    queue: str
    key: tuple[Any, ...]
    attempts: int
    error: str | None
    since: datetime


def next_due(tx: Transaction, queue: LeaseQueue, *where: ColumnElement[bool]) -> datetime | None:
    """Tell when the next row is due; `None` when none is pending. Most looks need no more."""
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
    """Take the leases of up to `limit` due rows; what others are just claiming is left out.

    Args:
        tx: the caller's transaction.
        queue: what the columns mean.
        where: which of the due rows.
        owner: written into the rows.
        now: the present moment.
        until: when the leases lapse.
        limit: how many rows at most.
        columns: what else is read of each row; labelled subqueries may read other tables.
        order: which rows come first; by default those that have been due for longest.
        values: what else is written.
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
            values=dict(zip((one.name for one in columns), row[size + len(counts) :], strict=True)),
        )
    return [leases[key] for key in before]


def finish(
    tx: Transaction, queue: LeaseQueue, lease: RowLease, values: Mapping[Column[Any], Any]
) -> bool:
    """End a lease and keep what became of the row; false when somebody else has it now."""
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
    """End a lease whose attempt has failed: try again later, or make the row a dead letter.

    `values` are written too, and `last` when the row becomes a dead letter. Returns whether it will
    be tried again; `None`, and nothing is written, when somebody else has the row now.
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
    """End a lease without an attempt having been made; the row is due again at `due`."""
    values = {**values, queue.due: due}
    if queue.attempts is not None:
        values[queue.attempts] = lease.attempt - 1
    return _end(tx, queue, lease, values)


def renew(tx: Transaction, queue: LeaseQueue, lease: RowLease, until: datetime) -> bool:
    """Hold a lease for longer; false when somebody else has it now."""
    changed = tx.execute(update(queue.table).where(queue.held(lease)).values({queue.due: until}))
    return changed.rowcount > 0


def release(tx: Transaction, queue: LeaseQueue, *where: ColumnElement[bool], now: datetime) -> int:
    """Let leases lapse now, of owners that are known to be dead; give how many.

    The owner's name stays, so that the next claim knows that the attempt was not ended.
    """
    return tx.execute(
        update(queue.table)
        .where(queue.open, queue.owner.is_not(None), *where)
        .values({queue.due: now})
    ).rowcount


def dead_letters(
    tx: Transaction, queue: LeaseQueue, limit: int = 100, *where: ColumnElement[bool]
) -> list[DeadLetter]:
    """List rows that are not tried again by themselves, the newest first."""
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
    """Have a dead letter tried again, with all its attempts; false when it is none.

    `where` says which of them may be, and `values` are written too.
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
