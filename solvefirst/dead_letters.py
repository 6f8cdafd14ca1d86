"""Run `solvefirst dead-letters`: list and replay the dead letters of both stores' queues."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from api.webhooks.store import deliveries as webhooks
from bot.channels.telegram import parts, updates
from bot.outbound import outbox
from bot.store import parked
from kernel.clock import SHANGHAI, SystemClock
from kernel.database.transaction import Transaction
from kernel.jobs import dead_letters as jobs
from kernel.leases import DeadLetter
from solvefirst.settings import Settings
from solvefirst.stores import Stores

MOST = 1000
"""Most dead letters of one queue that are listed or replayed at once."""


@dataclass(frozen=True, slots=True)
class DeadLetterQueue:
    """How to list and replay the dead letters of one queue.

    `store` names one of `Stores`; `key` are the types of a row's key.
    """

    store: str
    key: tuple[type, ...]
    list: Callable[[Transaction, int], Sequence[DeadLetter]]
    replay: Callable[[Transaction, Sequence[Any], datetime], bool]


QUEUES = {
    "jobs": DeadLetterQueue("api", (int,), jobs.dead_letters, jobs.replay),
    "inbox": DeadLetterQueue("bot", (str, int), parked.dead_letters, parked.replay),
    "outbox": DeadLetterQueue("bot", (str, int), outbox.dead_letters, outbox.replay),
    "telegram-updates": DeadLetterQueue("bot", (int,), updates.dead_letters, updates.replay),
    "telegram-albums": DeadLetterQueue("bot", (bytes, str, int), parts.dead_letters, parts.replay),
    "webhooks": DeadLetterQueue("api", (str, str), webhooks.dead_letters, webhooks.replay),
}


def counted(stores: Stores) -> dict[str, int]:
    """Count the dead letters of each queue, up to `MOST`; empty when a store cannot be read."""
    try:
        return {name: len(_listed(stores, name)) for name in QUEUES}
    except SQLAlchemyError:
        return {}


def counts(tx: Transaction, store: str) -> dict[str, int]:
    """Count the dead letters of each queue of one store, up to `MOST`."""
    return {
        name: len(queue.list(tx, MOST)) for name, queue in QUEUES.items() if queue.store == store
    }


def show(console: Console) -> int:
    """Print all dead letters; return 2 when a store cannot be read."""
    stores = Stores.open(Settings())
    table = Table("queue", "key", "attempts", "since", "last error", box=None)
    try:
        letters = [letter for name in QUEUES for letter in _listed(stores, name)]
    except SQLAlchemyError as error:
        return _unreadable(error, console)
    finally:
        asyncio.run(stores.close())
    for letter in letters:
        since = f"{letter.since.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
        error_text = letter.error or ""
        table.add_row(letter.queue, _text(letter.key), str(letter.attempts), since, error_text)
    if letters:
        console.print(table, soft_wrap=True)
    else:
        console.print("No dead letters.")
    return 0


def replay(name: str, key: str | None, console: Console) -> int:
    """Replay one dead letter of a queue, or all; return 2 when there is no such queue or row."""
    queue = QUEUES.get(name)
    if queue is None:
        console.print(f"There is no queue {name}: {', '.join(QUEUES)}.", markup=False)
        return 2
    try:
        given = None if key is None else _parsed(key, queue.key)
        count = asyncio.run(_replay(queue, given))
    except ValueError:
        console.print(f"{key} is no key of {name}.", markup=False)
        return 2
    except SQLAlchemyError as error:
        return _unreadable(error, console)
    if key is not None and count == 0:
        console.print(f"{key} is no dead letter of {name}.", markup=False)
        return 2
    console.print(f"{count} of {name} will be tried again within seconds, by the running service.")
    return 0


async def _replay(queue: DeadLetterQueue, key: Sequence[Any] | None) -> int:
    stores = Stores.open(Settings())
    now = SystemClock().now()

    def run(tx: Transaction) -> int:
        keys: Iterable[Sequence[Any]] = [key] if key is not None else _keys(queue, tx)
        return sum(queue.replay(tx, letter, now) for letter in keys)

    try:
        return await getattr(stores, queue.store).run(run)  # type: ignore[no-any-return]
    finally:
        await stores.close()


def _keys(queue: DeadLetterQueue, tx: Transaction) -> list[tuple[Any, ...]]:
    return [letter.key for letter in queue.list(tx, MOST)]


def _listed(stores: Stores, name: str) -> Sequence[DeadLetter]:
    queue = QUEUES[name]
    database = getattr(stores, queue.store)
    with database.engine.connect() as connection:
        return queue.list(Transaction(connection, database.dialect), MOST)


def _text(key: Sequence[Any]) -> str:
    return "/".join(part.hex() if isinstance(part, bytes) else str(part) for part in key)


def _parsed(text: str, types: tuple[type, ...]) -> list[Any]:
    parts = text.split("/")
    read = ((bytes.fromhex if type_ is bytes else type_) for type_ in types)
    return [type_(part) for type_, part in zip(read, parts, strict=True)]


def _unreadable(error: SQLAlchemyError, console: Console) -> int:
    console.print(f"A store cannot be read: {str(error.args[0]).strip()[:200]}", markup=False)
    console.print("`solvefirst doctor` tells more.", markup=False)
    return 2
