"""The embedded queue's statements: its rows as a queue of the lease kit."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from kernel import leases
from kernel.jobs.port import FailedJob, Retry
from kernel.jobs.tables import DEDUPE_WHERE, JOB
from kernel.leases import DeadLetter, LeaseQueue, RowLease
from kernel.transaction import Transaction

_CLAIM_LOCK = 7_303_014
"""PostgreSQL's advisory lock that makes claims one after another; an arbitrary number."""

QUEUE = LeaseQueue(
    name="jobs",
    table=JOB,
    key=(JOB.c.id,),
    due=JOB.c.due,
    owner=JOB.c.owner,
    pending=lambda c: c.dead_at.is_(None),
    fence=JOB.c.fence,
    attempts=JOB.c.attempts,
    error=JOB.c.error,
    dead=JOB.c.dead_at,
    line=(JOB.c.lock,),
    place=(JOB.c.id,),
)


@dataclass(frozen=True, slots=True)
class Job:
    """A job that this process has claimed."""

    lease: RowLease
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
    held: Collection[Job],
    room: int,
) -> Claims:
    """Renew the leases that this process holds, and claim up to `room` due jobs.

    Args:
        tx: the caller's transaction.
        owner: this process.
        now: the present moment.
        until: how long the leases last unless they are renewed.
        tasks: what this process can run, and how each is retried.
        held: the jobs that this process runs already.
        room: how many more it would run.
    """
    if tx.dialect == "postgresql":
        # Two claims at once could each find the other's lock key free.
        tx.execute(select(func.pg_advisory_xact_lock(_CLAIM_LOCK)))
    for job in held:
        leases.renew(tx, QUEUE, job.lease, until)
    known = JOB.c.task.in_(tasks)
    claimed = leases.claim(
        tx,
        QUEUE,
        known,
        owner=owner,
        now=now,
        until=until,
        limit=max(room, 0),
        columns=(JOB.c.task, JOB.c.payload),
        order=(JOB.c.due, JOB.c.id),
        values={JOB.c.dedupe: None},
    )
    jobs = [_job(lease) for lease in claimed]
    # A job that kills its process each time must not do so for ever.
    deadly = [job for job in jobs if job.attempt > tasks[job.task].attempts]
    for job in deadly:
        _bury(tx, job, now)
    # Those behind a buried one can be claimed at once.
    moment = now if deadly else leases.next_due(tx, QUEUE, known, JOB.c.due > now)
    return Claims(tuple(job for job in jobs if job not in deadly), moment)


def _job(lease: RowLease) -> Job:
    return Job(lease, lease.key[0], lease.values["task"], lease.values["payload"], lease.attempt)


def _bury(tx: Transaction, job: Job, now: datetime) -> None:
    leases.finish(
        tx,
        QUEUE,
        job.lease,
        {
            JOB.c.dead_at: now,
            JOB.c.attempts: job.attempt - 1,
            JOB.c.error: leases.DIED,
        },
    )


def done(tx: Transaction, job: Job) -> None:
    """Remove a job that succeeded, unless somebody else has it now."""
    tx.execute(delete(JOB).where(QUEUE.held(job.lease)))


def fail(
    tx: Transaction, job: Job, now: datetime, error: str, retry: Retry, attempts: int
) -> bool | None:
    """End an attempt that failed; tell whether there will be another, `None` if the lease is lost.

    `attempts` is how many there are at most.
    """
    return leases.retry(
        tx, QUEUE, job.lease, now=now, error=error, backoff=retry.backoff, attempts=attempts
    )


def hand_back(tx: Transaction, job: Job, now: datetime) -> None:
    """Return a job that was interrupted; the interrupted run does not count as an attempt."""
    leases.hand_back(tx, QUEUE, job.lease, now)


def failed(tx: Transaction, limit: int) -> list[FailedJob]:
    """The failed jobs, newest first."""
    rows = tx.execute(
        select(JOB.c.id, JOB.c.task, JOB.c.payload, JOB.c.attempts, JOB.c.error)
        .where(JOB.c.dead_at.is_not(None))
        .order_by(JOB.c.id.desc())
        .limit(limit)
    )
    return [FailedJob(row.id, row.task, row.payload, row.attempts, row.error) for row in rows]


def dead_letters(tx: Transaction, limit: int) -> list[DeadLetter]:
    """List failed jobs as dead letters, the newest first."""
    return leases.dead_letters(tx, QUEUE, limit)


def replay(tx: Transaction, key: Sequence[Any], now: datetime) -> bool:
    """Have a failed job run again, with all its attempts; false when there is none."""
    return leases.replay(tx, QUEUE, key, now)
