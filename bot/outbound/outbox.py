"""Outbox queue: claim rows of one channel in order, end them, retry them or make them dead letters.

Every function runs in the caller's transaction; bodies and addresses are encrypted.

A conversation is a line of the queue. Its next row is the most urgent one, and the oldest of these:
a reply overtakes the pushes to the same chat. A row that waits for its next attempt blocks the rows
behind it. They get its due time, so that polls do not read them. The argument `urgency` excludes
less urgent rows, for hours in which pushes wait.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal_column, select, union_all, update

from bot.push import PushPriority
from bot.store.conversations import Status
from bot.store.records import REPORT
from bot.store.tables import conversation, outbox
from kernel import leases
from kernel.backoff import Backoff
from kernel.database.transaction import Transaction
from kernel.leases import DeadLetter, LeaseQueue, RowLease

_c, _o = conversation.c, outbox.c

BACKOFF = Backoff(first=1.0, longest=300.0)
"""Waits between two attempts of a failing row."""

ATTEMPTS = 300
"""Attempts before a row becomes a dead letter; with `BACKOFF` they take about a day."""

LEASE = timedelta(seconds=10)
"""Lease of a row, after which another sender may claim it.

Only one process sends for a channel. It does not claim conversations that it is sending to, however
long these wait for the rate limit.
"""

REASON = leases.LONGEST_ERROR
"""Most characters that are stored of an error."""

QUEUE = LeaseQueue(
    name="outbox",
    table=outbox,
    key=(_o.conversation_id, _o.event),
    due=_o.due_at,
    owner=_o.owner,
    pending=lambda c: c.status == literal_column("'due'"),
    attempts=_o.attempts,
    error=_o.reason,
    dead=_o.dead_at,
    line=(_o.conversation_id,),
    place=(_o.urgency, _o.event),
)


def _of_conversation(column: ColumnElement[Any]) -> Any:  # noqa: ANN401 - a labelled subquery
    name = column.key or ""
    found = select(column).where(_c.id == _o.conversation_id).correlate(outbox)
    return found.scalar_subquery().label(name)


_DUE = (
    _o.event, _o.body, _o.urgency, _o.parts,
    _of_conversation(_c.address), _of_conversation(_c.language), _of_conversation(_c.received),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Head:
    """A conversation with rows to send, and the urgency of its most urgent row."""

    conversation: str
    urgency: int


@dataclass(frozen=True, slots=True)
class LeasedRow:
    """The next row of a conversation, under a lease.

    `received` counts the citizen's messages so far; a new one shows that the address works.
    """

    lease: RowLease
    event: int
    body: bytes | None
    urgency: int
    parts: int
    address: bytes
    language: str | None
    received: int


def waiting(
    tx: Transaction,
    channel: str,
    urgency: int,
    now: datetime,
    without: Collection[str],
    limit: int,
) -> list[Head]:
    """Find conversations of a channel with rows to send: most urgent first, then longest due.

    It reads `limit` rows of each urgency besides those of the conversations in `without`, in the
    order of the index `outbox_send`. Its cost does not grow with the number of waiting rows.
    """
    found = [
        select(_o.conversation_id, _o.urgency)
        .where(
            QUEUE.open,
            _o.channel == channel,
            _o.urgency == level,
            _o.due_at <= now,
            _o.conversation_id.not_in(without),
        )
        .order_by(_o.due_at)
        .limit(limit)
        .subquery()
        for level in PushPriority
        if level <= urgency
    ]
    rows: Sequence[Sequence[Any]] = tx.execute(union_all(*map(select, found))).all()
    heads: dict[str, Head] = {}
    for id_, most in sorted(rows, key=lambda row: row[1]):
        heads.setdefault(id_, Head(id_, most))
    return list(heads.values())[:limit]


def next_urgency(tx: Transaction, conversation_id: str, urgency: int) -> int | None:
    """Return the urgency of a conversation's next row; `None` when there is none to send."""
    found: int | None = tx.scalar(
        select(func.min(_o.urgency)).where(
            _o.conversation_id == conversation_id, QUEUE.open, _o.urgency <= urgency
        )
    )
    return found


def begin(
    tx: Transaction, conversation_id: str, urgency: int, *, owner: str, now: datetime
) -> LeasedRow | None:
    """Claim the next row of a conversation; `None` when none may be sent now.

    Each claim needs a new `owner`.
    """
    due = _claim(tx, conversation_id, urgency, owner, now)
    if due is None and _keep_back(tx, conversation_id, urgency, now):
        due = _claim(tx, conversation_id, urgency, owner, now)
    return due


def _claim(
    tx: Transaction, conversation_id: str, urgency: int, owner: str, now: datetime
) -> LeasedRow | None:
    paused = select(_c.id).where(_c.id == conversation_id, _c.paused_until > now)
    claimed = leases.claim(
        tx,
        QUEUE,
        _o.conversation_id == conversation_id,
        _o.urgency <= urgency,
        ~paused.exists(),
        owner=owner,
        now=now,
        until=now + LEASE,
        limit=1,
        columns=_DUE,
    )
    return LeasedRow(claimed[0], **claimed[0].values) if claimed else None


def _keep_back(tx: Transaction, conversation_id: str, urgency: int, now: datetime) -> bool:
    """Set rows to wait as long as the first of their conversation; return whether that is due.

    A new reply makes the first row due at once with an extra attempt, as the citizen is active.
    """
    rows = tx.execute(
        select(_o.event, _o.urgency, _o.due_at, _o.owner, _c.paused_until)
        .join(conversation, _c.id == _o.conversation_id)
        .where(_o.conversation_id == conversation_id, QUEUE.open, _o.urgency <= urgency)
        .order_by(_o.urgency, _o.event)
    ).all()
    if not rows:
        return False
    first, paused = rows[0], rows[0].paused_until
    if paused is not None and paused > now:
        _defer(tx, conversation_id, PushPriority.REPLY, paused)
        return False
    fresh = any(row.urgency == PushPriority.REPLY and row.due_at <= now for row in rows[1:])
    if fresh and first.owner is None and first.due_at > now:
        tx.execute(
            update(outbox)
            .where(QUEUE.row((conversation_id, first.event)))
            .values(due_at=now, attempts=case((_o.attempts > 0, _o.attempts - 1), else_=0))
        )
        return True
    if first.due_at > now:
        _defer(tx, conversation_id, first.urgency, first.due_at)
    return False


def _defer(tx: Transaction, conversation_id: str, urgency: int, until: datetime) -> None:
    """Set rows that are as urgent as `urgency` or less to wait until `until`."""
    tx.execute(
        update(outbox)
        .where(
            _o.conversation_id == conversation_id,
            QUEUE.open,
            _o.owner.is_(None),
            _o.urgency >= urgency,
            _o.due_at < until,
        )
        .values(due_at=until)
    )


def end(tx: Transaction, lease: RowLease, status: Status, reason: str | None = None) -> bool:
    """Store the result of sending a row; a push gets a delivery report.

    Returns whether its conversation has more rows to send.
    """
    kept = {_o.status: status, _o.report: REPORT, _o.reason: reason[:REASON] if reason else None}
    if not leases.finish(tx, QUEUE, lease, kept):
        return True
    return _count(tx, lease.key[0], 1) > 0


def hand_back(tx: Transaction, lease: RowLease, now: datetime) -> None:
    """Hand back a row that was not sent: a more urgent row came, or the sender stops."""
    leases.hand_back(tx, QUEUE, lease, now)


def pause(tx: Transaction, lease: RowLease, parts: int, until: datetime) -> None:
    """Pause a conversation until `until`; the attempt is not counted."""
    leases.hand_back(tx, QUEUE, lease, until, {_o.parts: parts})
    conversation_id = lease.key[0]
    tx.execute(update(conversation).where(_c.id == conversation_id).values(paused_until=until))
    _defer(tx, conversation_id, PushPriority.REPLY, until)


def fail(tx: Transaction, due: LeasedRow, reason: str, parts: int, now: datetime) -> bool | None:
    """End a failed attempt: the row waits for the next one or becomes a dead letter.

    Returns whether it will be retried; `None` when the lease is lost.
    """
    lease = due.lease
    again = leases.retry(
        tx,
        QUEUE,
        lease,
        now=now,
        error=reason,
        backoff=BACKOFF,
        attempts=ATTEMPTS,
        values={_o.parts: parts, _o.report: REPORT},
        last={_o.status: Status.FAILED},
    )
    if again:
        _defer(tx, lease.key[0], due.urgency, now + BACKOFF.wait(lease.attempt))
    elif again is False:
        _count(tx, lease.key[0], 1)
    return again


def _count(tx: Transaction, conversation_id: str, ended: int) -> int:
    left: int | None = tx.scalar(
        update(conversation)
        .where(_c.id == conversation_id)
        .values(unsent=_c.unsent - ended)
        .returning(_c.unsent)
    )
    return left or 0


def bury(
    tx: Transaction, conversation_id: str, *, reason: str, received: int, now: datetime
) -> int | None:
    """Mark all waiting rows of a conversation as dead; return their number.

    Returns `None` and marks nothing when the citizen has written since (`received` has changed).
    """
    dead = tx.execute(
        update(conversation)
        .where(_c.id == conversation_id, _c.received == received)
        .values(dead_at=now)
    ).rowcount
    if not dead:
        return None
    ended = tx.execute(
        update(outbox)
        .where(_o.conversation_id == conversation_id, QUEUE.open)
        .values(status=Status.DEAD, report=REPORT, reason=reason[:REASON], owner=None)
    ).rowcount
    _count(tx, conversation_id, ended)
    return ended


def move(tx: Transaction, lease: RowLease, index: bytes, address: bytes, now: datetime) -> None:
    """Store a conversation's new address; the row will be sent there.

    Raises:
        sqlalchemy.exc.IntegrityError: another conversation has that address.
    """
    tx.execute(
        update(conversation)
        .where(_c.id == lease.key[0])
        .values(address_index=index, address=address)
    )
    leases.hand_back(tx, QUEUE, lease, now)


def begin_anew(tx: Transaction, channel: str, now: datetime) -> int:
    """Release the rows that a dead process was sending: some may be sent twice.

    Rows that a process of an older version wrote after the migration are added to the queue.
    """
    ours = select(_c.id).where(_c.channel == channel)
    tx.execute(
        update(outbox)
        .where(
            _o.status.in_((Status.DUE, "sending")),
            _o.due_at.is_(None),
            _o.conversation_id.in_(ours),
        )
        .values(status=Status.DUE, channel=channel, due_at=now)
    )
    return leases.release(tx, QUEUE, _o.channel == channel, now=now)


def dead_letters(tx: Transaction, limit: int) -> list[DeadLetter]:
    """List dead letters whose words are not wiped, newest first."""
    return leases.dead_letters(tx, QUEUE, limit, _o.body.is_not(None))


def replay(tx: Transaction, key: Sequence[Any], now: datetime) -> bool:
    """Replay a dead letter; false when there is none, or its words are wiped."""
    back = {_o.status: Status.DUE}
    if not leases.replay(tx, QUEUE, key, now, _o.body.is_not(None), values=back):
        return False
    _count(tx, key[0], -1)
    return True
