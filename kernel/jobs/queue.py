"""The embedded queue's statements: what happens to a row between its enqueuing and its end."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from kernel.jobs.port import FailedJob, Retry
from kernel.jobs.tables import DEDUPE_WHERE, FAILED, JOB, RUNNING, WAITING
from kernel.transaction import Transaction

_CLAIM_LOCK = 7_303_014
"""PostgreSQL's advisory lock that makes claims one after another; an arbitrary number."""

_LONGEST_ERROR = 2000

_EARLIER = JOB.alias("earlier")


@dataclass(frozen=True, slots=True)
class Job:
    """A job that this process has claimed."""

    id: int
    task: str
    payload: Mapping[str, Any]
    attempt: int


@dataclass(frozen=True, slots=True)
class Claims:
    """What a look into the queue brought: jobs to run, and when to look again by itself."""

    jobs: tuple[Job, ...]
    next: datetime | None


def add(
    tx: Transaction,
    *,
    task: str,
    payload: Mapping[str, Any],
    due: datetime,
    lock: str | None,
    dedupe: str | None,
) -> None:
    """Insert a job, unless one of its task and dedupe key waits."""
    insert = sqlite_insert if tx.dialect == "sqlite" else postgres_insert
    statement = insert(JOB).values(
        task=task,
        payload=dict(payload),
        state=WAITING,
        due=due,
        lock=lock,
        dedupe=dedupe,
        attempts=0,
    )
    if dedupe is not None:
        statement = statement.on_conflict_do_nothing(
            index_elements=[JOB.c.task, JOB.c.dedupe], index_where=DEDUPE_WHERE
        )
    tx.execute(statement)


def claim(
    tx: Transaction,
    *,
    owner: str,
    now: datetime,
    until: datetime,
    tasks: Mapping[str, Retry],
    held: Collection[int],
    room: int,
) -> Claims:
    """Keep what this process holds, take up what a dead one held, claim up to `room` due jobs.

    Args:
        owner: this process.
        now: the present moment.
        until: how long the claims last unless they are renewed.
        tasks: what this process can run, and how each is retried.
        held: the jobs that this process runs already; their claims are renewed.
        room: how many more it would run.
    """
    if tx.dialect == "postgresql":
        # Two claims at once could each find the other's lock key free.
        tx.execute(select(func.pg_advisory_xact_lock(_CLAIM_LOCK)))
    if held:
        tx.execute(
            update(JOB)
            .where(JOB.c.id.in_(held), JOB.c.claim_owner == owner)
            .values(claim_until=until)
        )
    _take_up(tx, now, tasks, held)
    jobs = _claim_due(tx, owner, now, until, tasks, room)
    return Claims(jobs, _next_moment(tx, now, tasks, held))


def _take_up(
    tx: Transaction, now: datetime, tasks: Mapping[str, Retry], held: Collection[int]
) -> None:
    stalled = tx.execute(
        select(JOB.c.id, JOB.c.task, JOB.c.attempts).where(
            JOB.c.state == RUNNING,
            JOB.c.claim_until < now,
            JOB.c.task.in_(tasks),
            JOB.c.id.not_in(held),
        )
    ).all()
    for row in stalled:
        # A job that kills its process each time must not do so for ever.
        if row.attempts >= tasks[row.task].attempts:
            _end(tx, JOB.c.id == row.id, state=FAILED, error="the process that ran it died")
        else:
            _end(tx, JOB.c.id == row.id, state=WAITING, due=now)


def _claim_due(
    tx: Transaction,
    owner: str,
    now: datetime,
    until: datetime,
    tasks: Mapping[str, Retry],
    room: int,
) -> tuple[Job, ...]:
    if room <= 0:
        return ()
    candidates = (
        select(JOB.c.id)
        .where(
            JOB.c.state == WAITING, JOB.c.due <= now, JOB.c.task.in_(tasks), _first_of_its_lock()
        )
        .order_by(JOB.c.due, JOB.c.id)
        .limit(room)
    )
    # First the rows, then the change: most looks find nothing and need not write.
    found = tx.execute(candidates).scalars().all()
    if not found:
        return ()
    rows = tx.execute(
        update(JOB)
        .where(JOB.c.id.in_(found))
        .values(
            state=RUNNING,
            attempts=JOB.c.attempts + 1,
            claim_owner=owner,
            claim_until=until,
            dedupe=None,
        )
        .returning(JOB.c.id, JOB.c.task, JOB.c.payload, JOB.c.attempts)
    )
    order = {id_: position for position, id_ in enumerate(found)}
    jobs = [Job(row.id, row.task, row.payload, row.attempts) for row in rows]
    return tuple(sorted(jobs, key=lambda job: order[job.id]))


def _first_of_its_lock() -> ColumnElement[bool]:
    return or_(
        JOB.c.lock.is_(None),
        ~exists().where(
            _EARLIER.c.lock == JOB.c.lock,
            or_(
                and_(_EARLIER.c.state == WAITING, _EARLIER.c.id < JOB.c.id),
                # Of any id: on PostgreSQL a lower one may be committed after a higher one.
                _EARLIER.c.state == RUNNING,
            ),
        ),
    )


def _next_moment(
    tx: Transaction, now: datetime, tasks: Mapping[str, Retry], held: Collection[int]
) -> datetime | None:
    due = tx.scalar(
        select(func.min(JOB.c.due)).where(
            JOB.c.state == WAITING, JOB.c.due > now, JOB.c.task.in_(tasks)
        )
    )
    stalls = tx.scalar(
        select(func.min(JOB.c.claim_until)).where(
            JOB.c.state == RUNNING, JOB.c.task.in_(tasks), JOB.c.id.not_in(held)
        )
    )
    return min((moment for moment in (due, stalls) if moment is not None), default=None)


def done(tx: Transaction, job: Job, owner: str) -> bool:
    """Remove a job that succeeded; `False` when it is no longer this process's."""
    return tx.execute(delete(JOB).where(_ours(job, owner))).rowcount > 0


def again(tx: Transaction, job: Job, owner: str, due: datetime, error: str) -> bool:
    """Have a job wait for its next attempt; `False` when it is no longer this process's."""
    return _end(tx, _ours(job, owner), state=WAITING, due=due, error=error)


def fail(tx: Transaction, job: Job, owner: str, error: str) -> bool:
    """Keep a job as failed; `False` when it is no longer this process's."""
    return _end(tx, _ours(job, owner), state=FAILED, error=error)


def hand_back(tx: Transaction, job: Job, owner: str, now: datetime) -> bool:
    """Return a job that was interrupted; the interrupted run does not count as an attempt."""
    return _end(tx, _ours(job, owner), state=WAITING, due=now, attempts=job.attempt - 1)


def failed(tx: Transaction, limit: int) -> list[FailedJob]:
    """The failed jobs, newest first."""
    rows = tx.execute(
        select(JOB.c.id, JOB.c.task, JOB.c.payload, JOB.c.attempts, JOB.c.error)
        .where(JOB.c.state == FAILED)
        .order_by(JOB.c.id.desc())
        .limit(limit)
    )
    return [FailedJob(row.id, row.task, row.payload, row.attempts, row.error) for row in rows]


def revive(tx: Transaction, job_id: int, now: datetime) -> bool:
    """Have a failed job run again; `False` when there is none of that id."""
    return _end(
        tx, and_(JOB.c.id == job_id, JOB.c.state == FAILED), state=WAITING, due=now, attempts=0
    )


def _ours(job: Job, owner: str) -> ColumnElement[bool]:
    return and_(
        JOB.c.id == job.id,
        JOB.c.state == RUNNING,
        JOB.c.claim_owner == owner,
        JOB.c.attempts == job.attempt,
    )


def _end(
    tx: Transaction,
    where: ColumnElement[bool],
    *,
    error: str | None = None,
    **values: Any,  # noqa: ANN401 - columns of the row
) -> bool:
    changed = tx.execute(
        update(JOB)
        .where(where)
        .values(
            claim_owner=None,
            claim_until=None,
            error=error and error[:_LONGEST_ERROR],
            **values,
        )
    )
    return changed.rowcount > 0
