"""The lease and retry kit, on SQLite and on PostgreSQL."""

import asyncio
import threading
from datetime import timedelta

import pytest
from letters import BACKOFF, LEASE, LETTER, QUEUE, Place, keys
from sqlalchemy import select, text

from kernel import leases
from kernel.database.database import Transaction
from kernel.leases import RowLease


async def test_a_row_is_claimed_once_and_finished_once(place: Place) -> None:
    await place.put("a", "b")
    (first, second) = await place.claim()
    assert (first.attempt, first.fence, first.values["line"]) == (1, 1, "a")
    assert await place.claim("two") == []
    assert await place.finish(first)
    assert not await place.finish(first)
    assert await place.finish(second)
    assert await place.database.read(leases.next_due, QUEUE) is None


async def test_a_lapsed_lease_is_taken_by_another_and_its_first_holder_keeps_nothing(
    place: Place,
) -> None:
    await place.put("a")
    (lost,) = await place.claim("one")
    place.clock.advance(seconds=31)
    (taken,) = await place.claim("two")
    assert taken.lapsed
    assert (taken.attempt, taken.fence) == (2, 2)
    assert not await place.finish(lost)
    assert not await place.fail(lost)
    assert await place.finish(taken)


async def test_a_renewed_lease_does_not_lapse(place: Place) -> None:
    await place.put("a")
    (lease,) = await place.claim()
    place.clock.advance(seconds=20)
    until = place.clock.now() + LEASE
    assert await place.database.run(leases.renew, QUEUE, lease, until)
    place.clock.advance(seconds=20)
    assert await place.claim("two") == []


async def test_a_failed_row_waits_longer_each_time_and_ends_as_a_dead_letter(place: Place) -> None:
    await place.put("a")
    for attempt, seconds in ((1, 10), (2, 20)):
        (lease,) = await place.claim()
        assert lease.attempt == attempt
        assert await place.fail(lease)
        place.clock.advance(seconds=seconds - 1)
        assert await place.claim() == []
        place.clock.advance(seconds=1)
    (lease,) = await place.claim()
    assert not await place.fail(lease)
    place.clock.advance(days=9)
    assert await place.claim() == []
    (dead,) = await place.database.read(leases.dead_letters, QUEUE)
    assert (dead.queue, dead.key, dead.attempts) == ("letters", lease.key, 3)
    assert dead.error == "the line to [redacted] broke"


async def test_a_dead_letter_that_is_replayed_has_all_its_attempts_again(place: Place) -> None:
    await place.put("a")
    (lease,) = await place.claim()
    assert not await place.fail(lease, attempts=1)
    assert await place.database.run(leases.replay, QUEUE, lease.key, place.clock.now())
    assert not await place.database.run(leases.replay, QUEUE, lease.key, place.clock.now())
    (again,) = await place.claim()
    assert again.attempt == 1
    assert await place.database.read(leases.dead_letters, QUEUE) == []


async def test_what_a_failure_keeps_differs_between_the_last_attempt_and_the_others(
    place: Place,
) -> None:
    await place.put("a")

    async def fail(lease: RowLease) -> bool | None:
        return await place.database.run(
            leases.retry,
            QUEUE,
            lease,
            now=place.clock.now(),
            error="down",
            backoff=BACKOFF,
            attempts=2,
            values={LETTER.c.body: b"tried"},
            last={LETTER.c.state: "lost"},
        )

    def kept(tx: Transaction) -> tuple[str, bytes]:
        return tuple(tx.execute(select(LETTER.c.state, LETTER.c.body)).one())

    (first,) = await place.claim()
    assert await fail(first) is True
    assert await place.database.read(kept) == ("due", b"tried")
    place.clock.advance(seconds=60)
    (second,) = await place.claim()
    assert await fail(first) is None, "its lease is the second holder's"
    assert await fail(second) is False
    assert await place.database.read(kept) == ("lost", b"tried")


async def test_of_the_dead_letters_only_those_asked_for_are_listed_and_replayed(
    place: Place,
) -> None:
    await place.put("a", "b")
    for lease in await place.claim():
        await place.fail(lease, attempts=1)
    of_a = LETTER.c.line == "a"
    (letter,) = await place.database.read(leases.dead_letters, QUEUE, 10, of_a)
    assert len(await place.database.read(leases.dead_letters, QUEUE)) == 2

    async def replay(key: tuple[int, ...]) -> bool:
        return await place.database.run(leases.replay, QUEUE, key, place.clock.now(), of_a)

    assert await replay(letter.key)
    (other,) = await place.database.read(leases.dead_letters, QUEUE)
    assert not await replay(other.key)


async def test_a_row_that_is_handed_back_has_lost_no_attempt(place: Place) -> None:
    await place.put("a")
    (lease,) = await place.claim()
    due = place.clock.now() + timedelta(seconds=5)
    assert await place.database.run(leases.hand_back, QUEUE, lease, due)
    assert await place.claim() == []
    place.clock.advance(seconds=5)
    (again,) = await place.claim()
    assert (again.attempt, again.lapsed) == (1, False)


async def test_the_rows_of_a_line_are_worked_off_one_after_the_other(place: Place) -> None:
    await place.put("a", "a", "b", "a")
    found = await place.claim()
    assert keys(found) == [1, 3]
    assert await place.fail(found[0])
    assert await place.finish(found[1])
    # The first of line a waits for its next attempt and holds back those behind it.
    assert await place.claim() == []
    place.clock.advance(seconds=10)
    (first,) = await place.claim()
    assert first.key == (1,)
    assert await place.finish(first)
    assert keys(await place.claim()) == [2]


async def test_the_leases_of_a_dead_owner_lapse_when_it_is_known_to_be_dead(place: Place) -> None:
    await place.put("a")
    await place.claim("dead")
    mine = QUEUE.owner == "dead"
    released = await place.database.run(leases.release, QUEUE, mine, now=place.clock.now())
    assert released == 1
    (lease,) = await place.claim("two")
    assert lease.lapsed


async def test_two_who_claim_at_once_share_the_rows_between_them(place: Place) -> None:
    """On PostgreSQL a claim under way is skipped, not waited for."""
    if place.database.dialect != "postgresql":
        pytest.skip("SQLite has one writer")
    await place.put(*"abcdefgh")
    began, go_on = threading.Event(), threading.Event()
    now = place.clock.now()

    def slowly(tx: Transaction) -> list[RowLease]:
        found = leases.claim(
            tx, QUEUE, owner="slow", now=now, until=now + LEASE, limit=5, columns=()
        )
        began.set()
        assert go_on.wait(10)
        return found

    slow = asyncio.ensure_future(place.database.run(slowly))
    await asyncio.to_thread(began.wait, 10)
    fast = await place.claim("fast")
    go_on.set()
    assert sorted(keys(fast) + keys(await slow)) == list(range(1, 9))
    assert len(fast) == 3


async def test_the_claim_reads_the_index_of_due_rows(place: Place) -> None:
    statement = select(LETTER.c.id).where(QUEUE.open, QUEUE.due <= place.clock.now())
    compiled = statement.order_by(QUEUE.due).limit(5)

    def explain(tx: Transaction) -> str:
        word = "EXPLAIN QUERY PLAN " if tx.dialect == "sqlite" else "EXPLAIN "
        if tx.dialect == "postgresql":
            tx.execute(text("SET LOCAL enable_seqscan = off"))
        literal = compiled.compile(tx.connection.engine, compile_kwargs={"literal_binds": True})
        return "\n".join(str(row) for row in tx.execute(text(word + str(literal))))

    assert "letter_due" in await place.database.run(explain)
