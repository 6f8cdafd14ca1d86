"""Enqueue the jobs of crons at their ticks; both queue adapters use it.

procrastinate's own crons are not used: this one works in Asia/Shanghai, makes up for a missed tick
and reads the injected clock.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from croniter import croniter  # type: ignore[import-untyped]
from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from kernel.clock import SHANGHAI
from kernel.database.database import Database, Transaction
from kernel.jobs.port import CronHandler, Handler
from kernel.jobs.tables import CRON
from kernel.json import JSON

PREFIX = "cron:"

Enqueue = Callable[[Transaction, str, Mapping[str, JSON]], None]


class Ticker:
    """Enqueue a job at each tick of each cron.

    Args:
        database: stores the last tick of each cron, in the same transaction as the job.
        enqueue: adds the job of a tick, given its task's name and payload.
    """

    def __init__(self, database: Database, enqueue: Enqueue) -> None:
        self._database = database
        self._enqueue = enqueue
        self._crons: dict[str, str] = {}
        self._fired: dict[str, datetime] = {}

    def add(self, name: str, expression: str) -> None:
        """Add a cron.

        Raises:
            ValueError: `expression` is not a cron expression of five fields.
        """
        if len(expression.split()) != 5 or not croniter.is_valid(expression):
            raise ValueError(f"cron {name}: {expression!r} is not a cron expression of five fields")
        self._crons[name] = expression

    async def tick(self, now: datetime) -> None:
        """Enqueue the jobs of all ticks up to `now` that no process has enqueued."""
        for name, expression in self._crons.items():
            moment = last_tick(expression, now)
            if self._fired.get(name) != moment:
                await self._database.run(self._advance, name, moment)
                self._fired[name] = moment

    def next(self, now: datetime) -> datetime | None:
        """Return the first tick after `now`; `None` without any cron.

        Pass the same `now` as to `tick`, so that a tick in between is not missed.
        """
        return min((next_tick(each, now) for each in self._crons.values()), default=None)

    def _advance(self, tx: Transaction, name: str, moment: datetime) -> None:
        # The row decides between processes: only one of them updates it to this tick.
        moved = tx.execute(
            update(CRON).where(CRON.c.name == name, CRON.c.tick < moment).values(tick=moment)
        )
        if moved.rowcount:
            self._enqueue(tx, PREFIX + name, {"tick": moment.isoformat()})
            return
        insert = sqlite_insert if tx.dialect == "sqlite" else postgres_insert
        tx.execute(insert(CRON).values(name=name, tick=moment).on_conflict_do_nothing())


def handle_tick(handler: CronHandler) -> Handler:
    """Wrap a cron's handler so that it receives the tick time of its job's payload."""

    async def handle(payload: Mapping[str, str]) -> None:
        await handler(datetime.fromisoformat(payload["tick"]))

    return handle


def last_tick(expression: str, now: datetime) -> datetime:
    """Return the newest tick that is not after `now`."""
    minute = now.astimezone(SHANGHAI).replace(second=0, microsecond=0)
    # croniter searches strictly before its start, but the tick of this minute counts.
    moment: datetime = croniter(expression, minute + timedelta(minutes=1)).get_prev(datetime)
    return moment


def next_tick(expression: str, now: datetime) -> datetime:
    """Return the first tick after `now`."""
    moment: datetime = croniter(expression, now.astimezone(SHANGHAI)).get_next(datetime)
    return moment
