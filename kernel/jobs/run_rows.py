"""Read and write the rows of runs: progress, position and cancellation of background jobs.

A row stays after its job has left the queue, so that staff see which runs ended, which failed and
why. Every function runs in the caller's transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, case, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from kernel.database.transaction import Transaction
from kernel.jobs.tables import RUN, RUN_WAITS
from kernel.json import JSON
from kernel.leases import DIED

_LONGEST_ERROR = 2000


class RunState(StrEnum):
    """State of a run. A failed or cancelled run can be run again."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


OVER = (RunState.DONE, RunState.FAILED, RunState.CANCELLED)


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run as staff see it. `total` is `None` while it is unknown."""

    id: str
    task: str
    state: RunState
    done: int
    total: int | None
    cancelling: bool
    attempts: int
    error: str | None
    queued_at: datetime
    started_at: datetime | None
    updated_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Started:
    """A run that this process executes, with the fence of this execution."""

    id: str
    task: str
    payload: Mapping[str, Any]
    position: Mapping[str, Any]
    attempt: int
    fence: int


def add(
    tx: Transaction, id_: str, task: str, payload: Mapping[str, JSON], now: datetime
) -> str | None:
    """Insert a waiting run; `None` when a run of its task waits already and will do its work."""
    insert = sqlite_insert if tx.dialect == "sqlite" else postgres_insert
    added: str | None = tx.scalar(
        insert(RUN)
        .values(
            id=id_,
            task=task,
            payload=dict(payload),
            state=RunState.WAITING,
            done=0,
            position={},
            cancelling=False,
            attempts=0,
            fence=0,
            queued_at=now,
            updated_at=now,
        )
        .on_conflict_do_nothing(index_elements=[RUN.c.task], index_where=RUN_WAITS)
        .returning(RUN.c.id)
    )
    return added


def start(tx: Transaction, id_: str, attempts: int, now: datetime) -> Started | None:
    """Begin or resume a run; `None` when it has ended, or now fails as no attempts are left."""
    row = tx.execute(select(RUN).where(RUN.c.id == id_).with_for_update()).mappings().first()
    if row is None or row["state"] in OVER:
        return None
    if row["cancelling"]:
        _set(tx, RUN.c.id == id_, now, state=RunState.CANCELLED, ended_at=now)
        return None
    if row["attempts"] >= attempts:
        # A run that kills its process each time must not be retried for ever.
        error = row["error"] or DIED
        _set(tx, RUN.c.id == id_, now, state=RunState.FAILED, error=error, ended_at=now)
        return None
    attempt, fence = row["attempts"] + 1, row["fence"] + 1
    _set(
        tx,
        RUN.c.id == id_,
        now,
        state=RunState.RUNNING,
        attempts=attempt,
        fence=fence,
        started_at=row["started_at"] or now,
    )
    return Started(id_, row["task"], row["payload"], row["position"], attempt, fence)


def step(
    tx: Transaction,
    run: Started,
    done: int,
    total: int | None,
    position: Mapping[str, JSON],
    now: datetime,
) -> bool | None:
    """Store a run's progress; return whether it must stop, `None` if another process has it."""
    kept = _set(tx, _ours(run), now, done=done, total=total, position=dict(position))
    if not kept:
        return None
    return bool(tx.scalar(select(RUN.c.cancelling).where(RUN.c.id == run.id)))


def end(
    tx: Transaction, run: Started, state: RunState, now: datetime, error: str | None = None
) -> bool:
    """End a run; `False` when another process has it."""
    values: dict[str, Any] = {"state": state, "error": error and error[:_LONGEST_ERROR]}
    if state is RunState.DONE:
        values["done"] = func.coalesce(RUN.c.total, RUN.c.done)
    return _set(tx, _ours(run), now, ended_at=now, **values)


def wait(tx: Transaction, run: Started, now: datetime, error: str | None) -> bool:
    """Set a run to wait for its next attempt; without `error` (interrupted) no attempt counts."""
    attempts = run.attempt if error is not None else run.attempt - 1
    return _set(
        tx,
        _ours(run),
        now,
        # It stays "running" if the task has a newer waiting run: only one run of a task may wait.
        state=case((_another_waits(run), RunState.RUNNING), else_=RunState.WAITING),
        attempts=attempts,
        error=error and error[:_LONGEST_ERROR],
    )


def _another_waits(run: Started) -> ColumnElement[bool]:
    other = RUN.alias("other")
    return (
        select(other.c.id)
        .where(other.c.task == run.task, other.c.state == RunState.WAITING, other.c.id != run.id)
        .exists()
    )


def ask_cancel(tx: Transaction, id_: str, now: datetime) -> bool:
    """Cancel a waiting run, or stop a running one at its next step; `False` if it has ended."""
    waiting = RUN.c.state == RunState.WAITING
    return _set(
        tx,
        (RUN.c.id == id_) & RUN.c.state.not_in(OVER),
        now,
        cancelling=True,
        state=case((waiting, RunState.CANCELLED), else_=RUN.c.state),
        ended_at=case((waiting, literal(now, RUN.c.ended_at.type)), else_=None),
    )


def revive(tx: Transaction, id_: str, now: datetime) -> str | None:
    """Set a failed or cancelled run to wait again from its position; return its task.

    Returns `None` when there is no such run, or another run of its task waits already.
    """
    row = tx.execute(
        select(RUN.c.task, RUN.c.state).where(RUN.c.id == id_).with_for_update()
    ).first()
    if row is None or row.state not in (RunState.FAILED, RunState.CANCELLED):
        return None
    if tx.scalar(select(RUN.c.id).where(RUN.c.task == row.task, RUN.c.state == RunState.WAITING)):
        return None
    _set(
        tx,
        RUN.c.id == id_,
        now,
        state=RunState.WAITING,
        attempts=0,
        cancelling=False,
        error=None,
        ended_at=None,
    )
    task: str = row.task
    return task


def newest(tx: Transaction, limit: int) -> list[RunRow]:
    """List runs: running ones first, then failed ones, then the rest, each newest first."""
    rank = case(
        (RUN.c.state.in_([RunState.RUNNING, RunState.WAITING]), 0),
        (RUN.c.state == RunState.FAILED, 1),
        else_=2,
    )
    rows: Sequence[Any] = tx.execute(
        select(RUN).order_by(rank, RUN.c.updated_at.desc(), RUN.c.id).limit(limit)
    ).all()
    return [
        RunRow(
            row.id,
            row.task,
            RunState(row.state),
            row.done,
            row.total,
            row.cancelling,
            row.attempts,
            row.error,
            row.queued_at,
            row.started_at,
            row.updated_at,
            row.ended_at,
        )
        for row in rows
    ]


def drop_before(tx: Transaction, before: datetime) -> int:
    """Delete runs that succeeded or were cancelled before `before`; failed ones stay visible."""
    old = RUN.c.state.in_([RunState.DONE, RunState.CANCELLED]) & (RUN.c.ended_at < before)
    return tx.execute(delete(RUN).where(old)).rowcount


def _ours(run: Started) -> ColumnElement[bool]:
    return (RUN.c.id == run.id) & (RUN.c.fence == run.fence) & (RUN.c.state == RunState.RUNNING)


def _set(
    tx: Transaction,
    where: ColumnElement[bool],
    now: datetime,
    **values: Any,  # noqa: ANN401 - columns of the row
) -> bool:
    return tx.execute(update(RUN).where(where).values(updated_at=now, **values)).rowcount > 0
