"""Bodies are wiped after their time, and only what is done with."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, select, update

import bot.migrations
from bot.privacy import retention
from bot.store.tables import conversation, inbox, outbox, web_session
from kernel.clock import ManualClock
from kernel.database.database import Database, Transaction
from kernel.database.migrate import upgrade
from kernel.privacy import keeping

KEEP = {"keep_bodies_days": timedelta(days=90)}


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    upgrade(opened.engine, bot.migrations.MIGRATIONS, bot.migrations.VERSION_TABLE)
    yield opened
    await opened.close()


def _talk(tx: Transaction, name: str, at: datetime, *, done: bool, status: str = "sent") -> None:
    tx.execute(
        insert(conversation).values(
            id=name,
            channel="web",
            address_index=name.encode(),
            address=b"address",
            mode="bot",
            state=b"state",
            received=1,
            answered=int(done),
            last_event=2,
            unsent=0,
            free_at=at,
            fence=1,
            created_at=at,
        )
    )
    tx.execute(
        insert(inbox).values(
            conversation_id=name,
            sequence=1,
            message_id="m",
            event=1,
            body=b"words",
            received_at=at,
            attempts=0,
            done_at=at if done else None,
        )
    )
    tx.execute(
        insert(outbox).values(
            conversation_id=name, event=2, body=b"answer", status=status, created_at=at
        )
    )


def _bodies(tx: Transaction) -> dict[str, tuple[bytes | None, bytes | None, bytes | None]]:
    rows = tx.execute(
        select(conversation.c.id, inbox.c.body, outbox.c.body, conversation.c.state)
        .join(inbox, inbox.c.conversation_id == conversation.c.id)
        .join(outbox, outbox.c.conversation_id == conversation.c.id)
    )
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


async def test_old_bodies_go_and_young_or_unfinished_ones_stay(
    database: Database, clock: ManualClock
):
    now = clock.now()
    old = now - timedelta(days=91)
    await database.run(_talk, "old", old, done=True)
    await database.run(_talk, "waiting", old, done=False, status="due")
    await database.run(_talk, "young", now, done=True)

    # Two bodies and a state of the old one; the answer that nobody fetched.
    assert await database.run(retention.expire, now, KEEP) == 4
    assert await database.run(retention.expire, now, KEEP) == 0

    assert await database.read(_bodies) == {
        "old": (None, None, None),
        "waiting": (b"words", None, b"state"),
        "young": (b"words", b"answer", b"state"),
    }


async def test_more_than_one_batch_is_wiped_batch_by_batch(
    database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(keeping, "BATCH", 3)
    old = clock.now() - timedelta(days=91)

    def many(tx: Transaction) -> None:
        for number in range(7):
            _talk(tx, f"c{number}", old, done=True)

    await database.run(many)
    wiped = [await database.run(retention.expire, clock.now(), KEEP) for _ in range(4)]
    assert wiped == [9, 9, 3, 0]


async def test_sessions_that_ran_out_are_dropped(database: Database, clock: ManualClock):
    def sessions(tx: Transaction) -> None:
        for name, ends in (("gone", -1), ("good", 1)):
            tx.execute(
                insert(web_session).values(
                    secret_hash=name.encode(),
                    address=name,
                    expires_at=clock.now() + timedelta(hours=ends),
                )
            )

    await database.run(sessions)
    assert await database.run(retention.expire, clock.now(), KEEP) == 1
    assert await database.read(lambda tx: tx.scalar(select(web_session.c.address))) == "good"


@pytest.mark.parametrize("owner", [None, "a sender"])
async def test_a_message_that_nobody_fetched_in_all_that_time_ends_and_is_reported(
    database: Database, clock: ManualClock, owner: str | None
):
    """As a push on the REST channel, whose caller never asked again."""
    at = clock.now()
    await database.run(_talk, "rest", at, done=True, status="due")

    def is_push(tx: Transaction) -> None:
        tx.execute(update(outbox).values(event_key="evt_1", owner=owner))
        tx.execute(update(conversation).values(unsent=1))

    await database.run(is_push)
    clock.advance(days=91)
    while await database.run(retention.expire, clock.now(), KEEP):
        pass
    (row,) = await database.read(lambda tx: tx.execute(select(outbox)).mappings().all())
    assert row["body"] is None
    assert (row["status"], row["report"], row["reason"]) == ("dead", "due", retention.LATE)
    assert await database.read(lambda tx: tx.scalar(select(conversation.c.unsent))) == 0
