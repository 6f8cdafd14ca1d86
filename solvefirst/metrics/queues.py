"""Read queue depths and dead letters of the stores as metric families.

Every reading function runs in the caller's transaction. For a store that cannot be read there are
no such families, and `solvefirst_store_up` is 0; all other metrics are still served.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import product
from typing import Any

from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import Column, ColumnElement, and_, case, func, select

from api.webhooks.store import deliveries as webhooks
from bot.channels.telegram import CHANNEL as TELEGRAM
from bot.channels.telegram import parts, updates
from bot.outbound import outbox
from bot.push import PushPriority
from bot.store.tables import conversation, inbox
from kernel.database.database import Database
from kernel.database.transaction import Transaction
from kernel.jobs import queue as jobs
from kernel.jobs.run_rows import RunState
from kernel.jobs.tables import RUN
from kernel.leases import LeaseQueue
from kernel.logging import get_logger
from solvefirst import dead_letters

PATIENCE = 2.0
"""Longest wait in seconds for a store's answer."""

SENT_TO = (TELEGRAM,)
"""Channels with a sender. Due rows of other channels wait until the citizen returns."""

logger = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Depth:
    """Rows of one queue, channel and kind: due now, and waiting for a later attempt or in work.

    `oldest` is since when the oldest due row has been due.
    """

    queue: str
    due: int
    later: int
    oldest: datetime | None
    channel: str = ""
    kind: str = ""

    @property
    def labels(self) -> list[str]:
        """Return the values of `LABELS`."""
        return [self.queue, self.channel, self.kind]


LABELS = ("queue", "channel", "kind")


@dataclass(frozen=True, slots=True)
class Contents:
    """Result of reading one store."""

    depths: list[Depth]
    dead: Mapping[str, int]
    runs: Mapping[tuple[str, str], int]


def read_bot(tx: Transaction, now: datetime) -> Contents:
    """Read the queues of the citizens' side."""
    telegram = [
        depth for queue in (updates.QUEUE, parts.QUEUE) for _, depth in _depths(tx, queue, now)
    ]
    depths = [_inbox(tx), *_outbox(tx, now), *telegram]
    return Contents(depths, dead_letters.counts(tx, "bot"), {})


def _outbox(tx: Transaction, now: datetime) -> Iterator[Depth]:
    c = outbox.QUEUE.table.c
    sent_to = c.channel.in_(SENT_TO)
    found = {
        tuple(values): depth
        for values, depth in _depths(tx, outbox.QUEUE, now, c.channel, c.urgency, where=sent_to)
    }
    nothing = Depth(outbox.QUEUE.name, 0, 0, None)
    for channel, urgency in product(SENT_TO, PushPriority):
        depth = found.get((channel, urgency), nothing)
        yield replace(depth, channel=channel, kind=urgency.name.lower())


def read_api(tx: Transaction, now: datetime) -> Contents:
    """Read the queues of the case service."""
    # On PostgreSQL procrastinate has the jobs; runs are reported on both databases.
    found = [webhooks.QUEUE, *([jobs.QUEUE] if tx.dialect == "sqlite" else [])]
    depths = [depth for queue in found for _, depth in _depths(tx, queue, now)]
    return Contents(depths, dead_letters.counts(tx, "api"), _runs(tx))


Read = Callable[[Transaction, datetime], Contents]
READERS: Mapping[str, Read] = {"bot": read_bot, "api": read_api}


def _depths(
    tx: Transaction,
    queue: LeaseQueue,
    now: datetime,
    *by: Column[Any],
    where: ColumnElement[bool] | None = None,
) -> Iterator[tuple[Sequence[Any], Depth]]:
    """Count the open rows of a queue, for each combination of values in the columns `by`."""
    counted = queue.open if where is None else and_(queue.open, where)
    due = func.count(case((queue.due <= now, 1)))
    rows: Sequence[Sequence[Any]] = tx.execute(
        select(func.count(), due, func.min(queue.due), *by).where(counted).group_by(*by)
    ).all()
    for count, ready, first, *values in rows:
        yield values, Depth(queue.name, ready, count - ready, first if ready else None)


def _inbox(tx: Transaction) -> Depth:
    """Count conversations with a waiting message; the next message decides the state."""
    c, i = conversation.c, inbox.c
    following = and_(i.conversation_id == c.id, i.sequence == c.answered + 1)
    row: Sequence[Any] = tx.execute(
        select(func.count(), func.min(i.received_at))
        .select_from(conversation.outerjoin(inbox, following))
        .where(c.received > c.answered)
    ).one()
    return Depth("inbox", row[0], 0, row[1])


def _runs(tx: Transaction) -> dict[tuple[str, str], int]:
    r = RUN.c
    rows: Sequence[Sequence[Any]] = tx.execute(
        select(r.task, r.state, func.count())
        .where(r.state.in_((RunState.WAITING, RunState.RUNNING, RunState.FAILED)))
        .group_by(r.task, r.state)
    ).all()
    return {(task, state): count for task, state, count in rows}


async def families(stores: Mapping[str, Database], now: datetime) -> list[Metric]:
    """Read the present state of each store, `bot` or `api`."""
    found = await asyncio.gather(*(_contents(name, store, now) for name, store in stores.items()))
    return list(as_families(dict(zip(stores, found, strict=True)), now))


async def _contents(name: str, database: Database, now: datetime) -> Contents | None:
    try:
        async with asyncio.timeout(PATIENCE):
            return await database.read(READERS[name], now)
    except Exception as error:  # noqa: BLE001 - whatever it is, the other metrics are wanted more
        logger.warning("metrics_without_store", store=name, reason=type(error).__name__)
        return None


def as_families(found: Mapping[str, Contents | None], now: datetime) -> Iterator[Metric]:
    """Make the families of the results; `None` stands for a store that could not be read."""
    up = GaugeMetricFamily(
        "solvefirst_store_up", "1 if a store could be read for these metrics.", labels=["store"]
    )
    rows = GaugeMetricFamily(
        "solvefirst_queue_rows",
        "Rows of a queue: due now, or later (leased, or waiting for their next attempt).",
        labels=[*LABELS, "state"],
    )
    oldest = GaugeMetricFamily(
        "solvefirst_queue_oldest_due_seconds",
        "How long the longest due row of a queue has been due, 0 when none is.",
        labels=LABELS,
    )
    dead = GaugeMetricFamily(
        "solvefirst_dead_letters",
        f"Rows that were given up on and can be replayed, counted up to {dead_letters.MOST}.",
        labels=["queue"],
    )
    runs = GaugeMetricFamily(
        "solvefirst_job_runs",
        "Runs of background jobs that wait, run or have failed.",
        labels=["task", "state"],
    )
    for name, contents in found.items():
        up.add_metric([name], contents is not None)
        if contents is None:
            continue
        for depth in contents.depths:
            rows.add_metric([*depth.labels, "due"], depth.due)
            rows.add_metric([*depth.labels, "later"], depth.later)
            age = (now - depth.oldest).total_seconds() if depth.oldest is not None else 0
            oldest.add_metric(depth.labels, max(0, age))
        for queue, count in contents.dead.items():
            dead.add_metric([queue], count)
        for labels, count in contents.runs.items():
            runs.add_metric(labels, count)
    yield from (up, rows, oldest, dead, runs)
