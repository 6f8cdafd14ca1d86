"""The Rasa engine's own judgement, before a Rasa that answers as it is told to.

What a real Rasa answers is seen in tests/integration/rasa.
"""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from bot.dialogue.engine.port import EngineUnavailable, Turn
from bot.dialogue.engine.rasa import RasaEngine, TurnNotKept, said_to
from bot.dialogue.engine.rasa_trackers import EVENTS, Trackers
from bot.message import Button, Reply
from kernel.database.database import Database

USER = {"event": "user", "text": "hello", "metadata": {"message_id": "m1"}}
LISTEN = {"event": "action", "name": "action_listen"}


def bot(text, **data):
    return {"event": "bot", "text": text, "data": data}


def turn(**more):
    return Turn("cnv_1", "m1", "hello", "web", metadata={"language": "en"}, **more)


class Rasa:
    """Keeps a message when it is posted, unless told otherwise."""

    def __init__(self):
        self.asked, self.posted, self.events = [], [], []
        self.answers = [bot("Good day")]
        self.keeps = True
        self.status = self.health = 200
        self.hangs = False

    async def __call__(self, request):
        path = request.url.path
        self.asked.append(f"{request.method} {path}")
        if request.url.port == 5055:
            return httpx.Response(self.health, json={})
        if path.endswith("/webhook"):
            self.posted.append(json.loads(request.content))
            if self.hangs:
                await asyncio.Event().wait()
            if self.keeps:
                self.events += [USER, *self.answers, LISTEN]
            return httpx.Response(self.status, json=[])
        if path.endswith("/tracker"):
            tracker = {"slots": {"language": "en"}, "events": self.events}
            return httpx.Response(self.status, json=tracker)
        if path.endswith("/events"):
            return httpx.Response(500, json={})
        return httpx.Response(self.status, json={"model_file": "x"})


@pytest.fixture
def rasa():
    return Rasa()


@pytest.fixture
async def trackers(tmp_path):
    made = Trackers(Database(f"sqlite:///{tmp_path / 'tracker.db'}"))
    yield made
    await made.close()


@pytest.fixture
def engine(rasa, trackers):
    return RasaEngine(
        "http://rasa:5005",
        actions="http://actions:5055/",
        limit=1.0,
        trackers=trackers,
        transport=httpx.MockTransport(rasa),
    )


async def test_a_new_message_is_sent_once_with_our_id_and_answered_from_the_tracker(engine, rasa):
    outcome = await engine.handle(turn())
    assert outcome.replies == (Reply("Good day"),)
    assert (outcome.state, outcome.language) == (None, "en")
    assert rasa.posted == [
        {
            "sender": "cnv_1",
            "message": "hello",
            "input_channel": "web",
            "metadata": {"language": "en", "message_id": "m1"},
        }
    ]
    assert rasa.asked == ["POST /webhooks/rest/webhook", "GET /conversations/cnv_1/tracker"]


async def test_a_message_that_rasa_knows_is_not_sent_again(engine, rasa):
    rasa.events = [USER, bot("Said before"), LISTEN]
    outcome = await engine.handle(turn(again=True))
    assert outcome.replies == (Reply("Said before"),)
    assert rasa.posted == []
    assert rasa.asked[0] == "POST /conversations/cnv_1/tracker/events", "its lock is waited for"


async def test_a_message_that_never_reached_rasa_is_sent(engine, rasa):
    assert (await engine.handle(turn(again=True))).replies == (Reply("Good day"),)
    assert len(rasa.posted) == 1


async def test_a_message_that_was_met_with_silence_is_sent_again(engine, rasa):
    rasa.events = [USER, LISTEN]
    assert (await engine.handle(turn(again=True))).replies == (Reply("Good day"),)


async def test_silence_is_an_answer_as_long_as_the_actions_are_there(engine, rasa):
    rasa.answers = []
    assert (await engine.handle(turn())).replies == ()


async def test_silence_for_want_of_actions_is_no_answer(engine, rasa):
    rasa.answers, rasa.health = [], 503
    with pytest.raises(EngineUnavailable):
        await engine.handle(turn())


async def test_a_message_that_rasa_lost_is_told_from_a_server_that_is_away(engine, rasa):
    rasa.keeps = False
    with pytest.raises(TurnNotKept, match="m1"):
        await engine.handle(turn())


@pytest.mark.parametrize("status", [401, 409, 500, 503])
async def test_a_server_that_refuses_counts_as_away(engine, rasa, status):
    rasa.status = status
    with pytest.raises(EngineUnavailable):
        await engine.handle(turn())
    assert not await engine.ready()


async def test_a_server_that_hangs_counts_as_away(trackers, rasa):
    rasa.hangs = True
    engine = RasaEngine(
        "http://rasa:5005", actions="http://actions:5055", limit=0.01, trackers=trackers,
        transport=httpx.MockTransport(rasa),
    )  # fmt: skip
    with pytest.raises(EngineUnavailable):
        await engine.handle(turn())


async def test_it_is_ready_with_a_model_and_with_actions_only(engine, rasa):
    assert await engine.ready()
    rasa.health = 500
    assert not await engine.ready()


def test_what_is_said_to_one_message_ends_where_the_next_begins():
    other = {**USER, "metadata": {"message_id": "m2"}}
    put_in = {"event": "user", "text": "/restart", "metadata": {}}
    events = [bot("before"), USER, bot("a\n\nb"), put_in, bot("c"), LISTEN, other, bot("later")]
    assert said_to("m1", events) == (Reply("a"), Reply("b"), Reply("c"))
    assert said_to("m2", events) == (Reply("later"),)
    assert said_to("m3", events) is None


def test_of_a_message_sent_twice_the_second_answer_counts():
    assert said_to("m1", [USER, LISTEN, USER, bot("now"), LISTEN]) == (Reply("now"),)


def test_buttons_pictures_and_cards_come_back_as_they_were_said():
    event = bot(
        "Which?", buttons=[{"title": "Yes", "payload": "/affirm"}], image="u", custom={"number": 1}
    )
    assert said_to("m1", [USER, event]) == (
        Reply("Which?", (Button("Yes", "/affirm"),), "u", {"number": 1}),
    )


NOW = datetime(2026, 11, 24, tzinfo=UTC)


async def rows(tmp_path, *events):
    """A tracker store with events of (sender, type, days ago)."""
    database = Database(f"sqlite:///{tmp_path / 'tracker.db'}")

    def fill(tx):
        EVENTS.metadata.create_all(tx.connection)
        for number, (sender, kind, days) in enumerate(events, 1):
            at = (NOW - timedelta(days=days)).timestamp()
            tx.execute(
                EVENTS.insert().values(id=number, sender_id=sender, type_name=kind, timestamp=at)
            )

    await database.run(fill)
    return database


async def left(database):
    found = await database.read(
        lambda tx: tx.execute(EVENTS.select().order_by(EVENTS.c.id)).scalars().all()
    )
    await database.close()
    return list(found)


async def test_forgetting_leaves_nothing_of_the_conversation_and_all_of_others(tmp_path, trackers):
    database = await rows(tmp_path, ("a", "user", 1), ("b", "user", 1), ("c", "user", 1))
    await trackers.forget(["a", "c"])
    assert await left(database) == [2]


async def test_a_turn_under_way_is_waited_for_before_its_conversation_is_forgotten(
    tmp_path, engine, rasa
):
    database = await rows(tmp_path, ("a", "user", 1))
    await engine.forget(["a"])
    assert rasa.asked == ["POST /conversations/a/tracker/events"]
    assert await left(database) == []


async def test_old_sessions_go_and_the_present_one_stays_whole(tmp_path, trackers):
    database = await rows(
        tmp_path,
        ("idle", "session_started", 100), ("idle", "user", 100),
        ("back", "session_started", 100), ("back", "user", 100),
        ("back", "session_started", 1), ("back", "user", 1),
        ("long", "session_started", 95), ("long", "user", 95), ("long", "user", 2),
    )  # fmt: skip
    await trackers.drop_old(NOW - timedelta(days=90))
    assert await left(database) == [5, 6, 7, 8, 9]


async def test_a_store_that_rasa_has_not_made_yet_is_empty(trackers):
    await trackers.forget(["a"])
    await trackers.drop_old(NOW)
