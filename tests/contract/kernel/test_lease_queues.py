"""What a queue of the lease kit may choose and leave out, and whose rows a call touches."""

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from letters import BACKOFF, LEASE, LETTER, NOTE, PLAIN, QUEUE, Place, keys
from sqlalchemy import insert, select, update

from kernel import leases
from kernel.backoff import Backoff
from kernel.database.database import Transaction
from kernel.leases import RowLease

RETRY = {"error": "away", "backoff": BACKOFF}


async def row(place: Place, number: int) -> dict[str, Any]:
    def read(tx: Transaction) -> dict[str, Any]:
        found = tx.execute(select(LETTER).where(LETTER.c.id == number)).mappings().one()
        return dict(found)

    return await place.database.read(read)


async def change(place: Place, number: int, **values: Any) -> None:
    await place.database.run(
        lambda tx: tx.execute(update(LETTER).where(LETTER.c.id == number).values(values))
    )


async def notes(place: Place, owner: str, *numbers: tuple[str, int], limit: int = 9):
    """Put notes, then claim what is due."""
    now = place.clock.now()

    def put(tx: Transaction) -> None:
        if numbers:
            rows = [{"box": box, "number": number, "due_at": now} for box, number in numbers]
            tx.execute(insert(NOTE), rows)

    await place.database.run(put)
    return await place.database.run(
        leases.claim, PLAIN, owner=owner, now=now, until=now + LEASE, limit=limit
    )


async def test_a_queue_needs_neither_fence_nor_attempts_nor_dead_letters(place: Place) -> None:
    found = await notes(place, "one", ("a", 1), ("b", 1))
    assert sorted(lease.key for lease in found) == [("a", 1), ("b", 1)]
    assert {(lease.fence, lease.attempt, lease.lapsed) for lease in found} == {(0, 1, False)}
    assert await notes(place, "two") == []
    first, second = found
    until = place.clock.now() + 2 * LEASE
    assert await place.database.run(leases.renew, PLAIN, second, until)
    for _ in range(2):  # the last attempt too is followed by another one
        now = place.clock.now()
        again = await place.database.run(leases.retry, PLAIN, first, now=now, attempts=1, **RETRY)
        assert again is True
        place.clock.advance(seconds=9)
        assert await notes(place, "two") == []
        place.clock.advance(seconds=1)
        (first,) = await notes(place, "two")
    assert await place.database.read(leases.dead_letters, PLAIN) == []
    now = place.clock.now()
    assert await place.database.run(leases.replay, PLAIN, first.key, now) is False
    assert await place.database.run(leases.hand_back, PLAIN, first, now)
    assert [lease.key for lease in await notes(place, "three")] == [first.key]


async def test_without_a_fence_the_owner_alone_holds_a_row(place: Place) -> None:
    (lost,) = await notes(place, "one", ("a", 1))
    place.clock.advance(seconds=30)
    (taken,) = await notes(place, "two")
    assert taken.lapsed
    until = place.clock.now() + LEASE
    assert not await place.database.run(leases.renew, PLAIN, lost, until)
    assert not await place.database.run(leases.finish, PLAIN, lost, {NOTE.c.number: -1})
    assert await place.database.run(leases.finish, PLAIN, taken, {NOTE.c.number: -1})


async def test_only_the_row_of_the_lease_is_finished(place: Place) -> None:
    first, second = await notes(place, "one", ("a", 1), ("a", 2))
    assert await place.database.run(leases.finish, PLAIN, first, {NOTE.c.number: -first.key[1]})
    assert await place.database.run(leases.finish, PLAIN, second, {NOTE.c.number: -second.key[1]})


async def test_those_due_for_longest_are_claimed_first_and_no_more_than_asked_for(
    place: Place,
) -> None:
    await place.put("a", "b", "c", "d")
    now = place.clock.now()
    for number, seconds in ((1, 1), (2, 3), (3, 2), (4, -1)):
        await change(place, number, due_at=now - timedelta(seconds=seconds))
    assert await place.database.read(leases.next_due, QUEUE) == now - timedelta(seconds=3)
    mine = LETTER.c.line == "d"
    assert await place.database.read(leases.next_due, QUEUE, mine) == now + timedelta(seconds=1)
    assert keys(await place.claim(limit=2)) == [2, 3]
    assert keys(await place.claim()) == [1]


async def test_a_claim_may_be_ordered_and_narrowed(place: Place) -> None:
    await place.put("a", "b", "c")
    now = place.clock.now()

    async def claim(*where: Any, order: Sequence[Any] = ()) -> list[RowLease]:
        return await place.database.run(
            leases.claim,
            QUEUE,
            *where,
            owner="one",
            now=now,
            until=now + LEASE,
            limit=1,
            columns=(LETTER.c.state, LETTER.c.line.label("which")),
            order=order,
        )

    (last,) = await claim(order=(LETTER.c.line.desc(),))
    assert (last.key, last.owner, last.values) == ((3,), "one", {"state": "due", "which": "c"})
    assert keys(await claim(LETTER.c.line == "b")) == [2]


async def test_a_claim_may_write_more_into_the_rows_that_it_takes(place: Place) -> None:
    await place.put("a", "b")
    now = place.clock.now()
    (taken,) = await place.database.run(
        leases.claim,
        QUEUE,
        owner="one",
        now=now,
        until=now + LEASE,
        limit=1,
        values={LETTER.c.state: "read"},
    )
    states = {number: (await row(place, number))["state"] for number in (1, 2)}
    assert states == {1: "due", 2: "due"} | {taken.key[0]: "read"}


async def test_a_leased_row_holds_its_line_even_if_an_earlier_one_comes_back(place: Place) -> None:
    await place.put("a", "a")
    await change(place, 1, state="away")
    (second,) = await place.claim()
    assert second.key == (2,)
    await change(place, 1, state="due")
    assert await place.claim("two") == []
    place.clock.advance(seconds=30)  # its lease has lapsed: the order decides again
    assert keys(await place.claim("two")) == [1]


async def test_a_failure_is_cut_and_keeps_what_else_became_of_the_row(place: Place) -> None:
    await place.put("a")
    (lease,) = await place.claim()
    now = place.clock.now()
    fails = {"error": "x" * 999, "backoff": BACKOFF, "attempts": 2}
    both = {"values": {LETTER.c.body: b"v"}, "last": {LETTER.c.line: "dead"}}
    assert await place.database.run(leases.retry, QUEUE, lease, now=now, **fails, **both) is True
    found = await row(place, 1)
    assert (found["error"], found["body"], found["line"]) == ("x" * 200, b"v", "a")
    assert (found["owner"], found["due_at"]) == (None, now + timedelta(seconds=10))
    place.clock.advance(seconds=10)
    (lease,) = await place.claim()
    now = place.clock.now()
    assert await place.database.run(leases.retry, QUEUE, lease, now=now, **fails, **both) is False
    found = await row(place, 1)
    assert (found["line"], found["dead_at"], found["owner"]) == ("dead", now, None)


async def test_a_failure_of_a_lost_lease_is_told_apart_from_a_dead_letter(place: Place) -> None:
    await place.put("a")
    (lost,) = await place.claim()
    place.clock.advance(seconds=30)
    await place.claim("two")
    for attempts in (1, 9):
        assert await place.fail(lost, attempts) is None
    assert (await row(place, 1))["error"] is None


async def test_chance_shortens_the_wait_only_where_it_is_asked_for(place: Place) -> None:
    await place.put("a", "b")
    jittered = {"error": "away", "backoff": Backoff(10, 2, 60, jitter=0.5), "attempts": 3}
    now = place.clock.now()
    for lease, chance in zip(await place.claim(), ({}, {"chance": 0.5}), strict=True):
        await place.database.run(leases.retry, QUEUE, lease, now=now, **jittered, **chance)
    waits = [(await row(place, number))["due_at"] - now for number in (1, 2)]
    assert [wait.total_seconds() for wait in waits] == [10, 7.5]


async def test_a_row_that_is_handed_back_keeps_what_it_is_given(place: Place) -> None:
    await place.put("a")
    await place.claim("dead")
    place.clock.advance(seconds=30)
    (lease,) = await place.claim()
    now = place.clock.now()
    values = {LETTER.c.body: b"later"}
    assert await place.database.run(leases.hand_back, QUEUE, lease, now, values)
    found = await row(place, 1)
    assert (found["attempts"], found["body"], found["owner"]) == (1, b"later", None)


async def test_only_leases_of_open_rows_are_released(place: Place) -> None:
    await place.put("a", "b", "c")
    first, second = await place.claim(limit=2)
    await change(place, first.key[0], state="done")
    now = place.clock.now() + timedelta(seconds=1)
    assert await place.database.run(leases.release, QUEUE, now=now) == 1
    assert (await row(place, second.key[0]))["due_at"] == now


async def test_rows_that_share_a_part_of_their_key_are_claimed_one_by_one(place: Place) -> None:
    (first,) = await notes(place, "one", ("a", 1), ("a", 2), limit=1)
    (second,) = await notes(place, "two")
    assert {first.key, second.key} == {("a", 1), ("a", 2)}


def test_a_key_with_too_few_parts_matches_no_row() -> None:
    with pytest.raises(ValueError, match="shorter"):
        PLAIN.row(("a",))


async def test_of_two_owners_only_the_leases_of_the_dead_one_are_released(place: Place) -> None:
    await place.put("a", "b", "c")
    (dead,) = await place.claim("dead", limit=1)
    (alive,) = await place.claim("alive", limit=1)
    until = place.clock.now() + LEASE
    place.clock.advance(seconds=1)
    now = place.clock.now()
    assert await place.database.run(leases.release, QUEUE, QUEUE.owner == "dead", now=now) == 1
    released, held = await row(place, dead.key[0]), await row(place, alive.key[0])
    assert (released["owner"], released["due_at"]) == ("dead", now)
    assert (held["owner"], held["due_at"]) == ("alive", until)
    taken = {lease.key: lease.lapsed for lease in await place.claim("two")}
    assert taken == {dead.key: True, (({1, 2, 3} - {dead.key[0], alive.key[0]}).pop(),): False}
    assert await place.finish(alive)


async def test_a_claim_that_asks_another_table_locks_the_rows_of_its_own_alone(
    place: Place,
) -> None:
    """Otherwise a row that somebody holds in the other table would be passed over."""
    if place.database.dialect != "postgresql":
        pytest.skip("SQLite has one writer")
    await place.put("a")
    await notes(place, "one", ("a", 1))
    held, go_on = threading.Event(), threading.Event()

    def hold(tx: Transaction) -> None:
        tx.execute(select(NOTE).with_for_update()).one()
        held.set()
        assert go_on.wait(10)

    holding = asyncio.ensure_future(place.database.run(hold))
    await asyncio.to_thread(held.wait, 10)
    now = place.clock.now()
    with_note = NOTE.c.box == LETTER.c.line
    found = await place.database.run(
        leases.claim, QUEUE, with_note, owner="two", now=now, until=now + LEASE, limit=9
    )
    go_on.set()
    await holding
    assert keys(found) == [1]


async def test_a_dead_letter_of_a_queue_without_counts_has_neither_attempts_nor_error(
    place: Place,
) -> None:
    uncounted = replace(QUEUE, attempts=None, error=None)
    await place.put("a")
    now = place.clock.now()
    (lease,) = await place.database.run(
        leases.claim, uncounted, owner="one", now=now, until=now + LEASE, limit=9
    )
    failed = await place.database.run(leases.retry, uncounted, lease, now=now, attempts=1, **RETRY)
    assert (lease.attempt, failed) == (1, False)
    (letter,) = await place.database.read(leases.dead_letters, uncounted)
    assert (letter.key, letter.attempts, letter.error) == ((1,), 0, None)
    found = await row(place, 1)
    assert (found["attempts"], found["error"]) == (0, None)
    assert await place.database.run(leases.replay, uncounted, (1,), now)
    assert keys(await place.claim()) == [1]


async def test_dead_letters_are_listed_newest_first_up_to_a_limit(place: Place) -> None:
    await place.put(*[str(number) for number in range(101)])
    began = place.clock.now()
    for number in range(1, 102):
        moment = began + timedelta(seconds=number)
        await change(place, number, dead_at=moment, attempts=number, error="away")
    all_that_fit = await place.database.read(leases.dead_letters, QUEUE)
    assert [letter.key[0] for letter in all_that_fit] == list(range(101, 1, -1))
    newest, _ = await place.database.read(leases.dead_letters, QUEUE, 2)
    assert (newest.attempts, newest.error) == (101, "away")
    assert newest.since == began + timedelta(seconds=101)


async def test_a_replayed_letter_is_due_at_once_and_belongs_to_nobody(place: Place) -> None:
    await place.put("a", "b")
    first, second = await place.claim()
    for lease in (first, second):
        assert await place.fail(lease, attempts=1) is False
    await change(place, 1, owner="somebody")
    now = place.clock.now() + timedelta(seconds=3)
    other = LETTER.c.line == "b"
    assert not await place.database.run(leases.replay, QUEUE, first.key, now, other)
    values = {LETTER.c.body: b"again"}
    assert await place.database.run(leases.replay, QUEUE, first.key, now, values=values)
    found = await row(place, 1)
    assert (found["due_at"], found["owner"], found["attempts"]) == (now, None, 0)
    assert (found["dead_at"], found["body"]) == (None, b"again")
    assert (await row(place, 2))["dead_at"] is not None
