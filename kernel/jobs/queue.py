"""SQL statements of the embedded job queue, which is a queue of the lease kit."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from kernel import leases
from kernel.database.transaction import Transaction
from kernel.jobs.port import Retry
from kernel.jobs.tables import DEDUPE_WHERE, JOB
from kernel.leases import DeadLetter, LeaseQueue, RowLease

_CLAIM_LOCK = 7_303_014
"""Number of PostgreSQL's advisory lock that runs claims one after another; arbitrary."""

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
    """A job whose lease this process holds."""

    lease: RowLease
    id: int
    task: str
    payload: Mapping[str, Any]
    attempt: int


@dataclass(frozen=True, slots=True)
class Claims:
    """Result of a claim: jobs to run, and when to poll again."""

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
    """Insert a job, unless a job of the same task and dedupe key waits."""
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
    """Renew the leases of this process, and claim up to `room` due jobs.

    Args:
        tx: the caller's transaction.
        owner: the name of this process.
        now: the present time.
        until: when the leases lapse unless they are renewed.
        tasks: the tasks of this process, with their retry policies.
        held: the jobs that this process is running.
        room: how many more jobs it can run.
    """
    if tx.dialect == "postgresql":
        # Without the lock two parallel claims could each find the other's lock key free.
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
    # A job that kills its process each time must not be retried for ever.
    deadly = [job for job in jobs if job.attempt > tasks[job.task].attempts]
    for job in deadly:
        _bury(tx, job, now)
    # The jobs behind a dead letter can be claimed at once.
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
    """Delete a job that succeeded, unless its lease is lost."""
    tx.execute(delete(JOB).where(QUEUE.held(job.lease)))


def fail(
    tx: Transaction, job: Job, now: datetime, error: str, retry: Retry, attempts: int
) -> bool | None:
    """End a failed attempt; return whether there is another, `None` if the lease is lost.

    `attempts` is the largest number of attempts.
    """
    return leases.retry(
        tx, QUEUE, job.lease, now=now, error=error, backoff=retry.backoff, attempts=attempts
    )


def hand_back(tx: Transaction, job: Job, now: datetime) -> None:
    """Return a job that was interrupted; the interrupted run does not count as an attempt."""
    leases.hand_back(tx, QUEUE, job.lease, now)


def dead_letters(tx: Transaction, limit: int) -> list[DeadLetter]:
    """List failed jobs as dead letters, the newest first."""
    return leases.dead_letters(tx, QUEUE, limit)


def replay(tx: Transaction, key: Sequence[Any], now: datetime) -> bool:
    """Replay a failed job with all its attempts; false when there is none."""
    return leases.replay(tx, QUEUE, key, now)
