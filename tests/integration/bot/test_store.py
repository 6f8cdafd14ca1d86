"""The queue of a conversation as a state machine: whatever happens in whatever order, each message
is done with once, in order, by the one turn that holds the fence."""

import asyncio
import shutil
import tempfile
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from bot.migrations import MIGRATIONS, VERSION_TABLE
from bot.store import conversations as store
from bot.store import records, turns
from bot.store.tables import conversation, inbox, outbox
from kernel.clock import ManualClock
from kernel.database import migrate
from kernel.database.database import Database

LEASE = timedelta(seconds=15)


@cache
def empty() -> bytes:
    """The file of an empty database, made once: each state machine begins with a copy."""
    with tempfile.TemporaryDirectory(prefix="sf-queue-") as folder:
        path = Path(folder) / "x.db"
        database = Database(f"sqlite:///{path}")
        migrate.upgrade(database.engine, MIGRATIONS, VERSION_TABLE)
        asyncio.run(database.close())
        return path.read_bytes()


class Queue(RuleBasedStateMachine):
    """One conversation, any number of turns that live, die, come late or fail."""

    leases = Bundle("leases")

    @initialize()
    def open(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="sf-queue-"))
        self.runner = asyncio.Runner()
        path = self.folder / "x.db"
        path.write_bytes(empty())
        self.database = Database(f"sqlite:///{path}", synchronous="NORMAL")
        self.clock = ManualClock()
        self.owners = 0
        self.sent: list[str] = []
        self.done: list[int] = []
        self.fence = 0

    def teardown(self) -> None:
        if hasattr(self, "runner"):
            self.runner.run(self.database.close())
            self.runner.close()
            shutil.rmtree(self.folder)

    def run(self, function, *args, **kw):
        return self.runner.run(self.database.run(function, *args, **kw))

    def read(self, function, *args):
        return self.runner.run(self.database.read(function, *args))

    def owner(self) -> str:
        self.owners += 1
        return f"turn {self.owners}"

    @rule(target=leases, words=st.integers(0, 1))
    def a_message_comes(self, words):
        name = f"m{len(self.sent)}"
        claimed = self.run(
            store.claim,
            store.Claim(
                conversation="c",
                channel="rest",
                address_index=b"a",
                address=b"a",
                message_id=name,
                body=name.encode(),
                language=None,
                words=[b"words"] * words,
                owner=self.owner(),
                now=self.clock.now(),
                until=self.clock.now() + LEASE,
            ),
        )
        self.sent.append(name)
        assert claimed.sequence == len(self.sent)
        if claimed.lease is not None:
            assert claimed.lease.fence == self.fence + 1
            self.fence = claimed.lease.fence
        return claimed.lease

    @rule()
    def a_message_is_repeated(self):
        if not self.sent:
            return
        with pytest.raises(IntegrityError):
            self.run(
                store.claim,
                store.Claim(
                    "c2", "rest", b"a", b"a", self.sent[-1], b"", None, (), self.owner(),
                    self.clock.now(), self.clock.now() + LEASE,
                ),
            )  # fmt: skip

    @rule(target=leases)
    def the_sweep_takes_it(self):
        found = self.read(turns.due, self.clock.now(), 10)
        for id_, seen in found:
            lease = self.run(turns.take, id_, seen, self.owner(), self.clock.now() + LEASE)
            assert lease is not None
            assert lease.fence == self.fence + 1
            self.fence = lease.fence
            return lease
        return None

    @rule(target=leases, lease=leases, replies=st.integers(0, 2))
    def a_turn_ends(self, lease, replies):
        if lease is None:
            return None
        ending = turns.TurnCommit(
            b"state", "zh", [b"reply"] * replies, store.Status.DUE, self.clock.now(),
            self.clock.now() + LEASE,
        )  # fmt: skip
        stale = lease.fence != self.fence or lease.next <= len(self.done)
        try:
            _, following = self.run(turns.end_turn, lease, ending)
        except turns.LeaseLost:
            assert stale
            return None
        assert not stale
        self.done.append(lease.next)
        return following

    @rule(lease=leases, replies=st.integers(0, 1), counted=st.booleans())
    def a_turn_fails(self, lease, replies, counted):
        if lease is None or lease.next <= len(self.done):
            return
        try:
            self.run(
                turns.give_back,
                lease,
                words=[b"sorry"] * replies,
                status=store.Status.DUE,
                counted=counted,
                now=self.clock.now(),
                again=self.clock.now() + timedelta(seconds=2),
            )
        except turns.LeaseLost:
            assert lease.fence != self.fence

    @rule(seconds=st.sampled_from([1, 3, 20]))
    def time_passes(self, seconds):
        self.clock.advance(seconds=seconds)

    @rule()
    def a_call_carries_what_is_due(self):
        if self.sent:
            self.run(records.hand_over, "c")

    @invariant()
    def each_message_is_done_with_once_and_in_order(self):
        if not getattr(self, "sent", None):
            return
        assert self.done == list(range(1, len(self.done) + 1))
        rows = self.read(
            lambda tx: tx.execute(
                select(inbox.c.sequence, inbox.c.done_at, inbox.c.event).order_by(inbox.c.sequence)
            ).all()
        )
        assert [row.sequence for row in rows] == list(range(1, len(self.sent) + 1))
        assert [row.sequence for row in rows if row.done_at is not None] == self.done

    @invariant()
    def every_event_has_a_number_of_its_own_and_the_counters_agree(self):
        if not getattr(self, "sent", None):
            return
        state, events, due = self.read(
            lambda tx: (
                tx.execute(select(conversation)).one(),
                [
                    *tx.execute(select(inbox.c.event)).scalars(),
                    *tx.execute(select(outbox.c.event)).scalars(),
                ],
                tx.execute(select(outbox.c.event).where(outbox.c.status == "due")).all(),
            )
        )
        assert sorted(events) == list(range(1, state.last_event + 1))
        assert state.unsent == len(due)
        assert state.received == len(self.sent)
        assert state.answered == len(self.done)


TestQueue = Queue.TestCase
TestQueue.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
