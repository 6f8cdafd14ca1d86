"""The tracker that keeps its answers says what a replay of all events would say."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.dialogue.engine.embedded.conversation import memory
from bot.dialogue.engine.embedded.conversation.events import (
    Event,
    action_event,
    applied_events,
    loop_event,
    loop_names,
    rejection_event,
    simple_event,
    slot_event,
)
from bot.dialogue.engine.embedded.conversation.memory import Memory
from bot.dialogue.engine.embedded.conversation.states import RuleState
from bot.dialogue.engine.embedded.conversation.tracker import Sight, Tracker
from bot.dialogue.engine.embedded.conversation.view import TrackerView
from bot.dialogue.engine.embedded.domain.domain import Domain, Form, default_slots
from bot.dialogue.engine.embedded.domain.slots import Slot, slot_features
from bot.dialogue.engine.embedded.rules.rules import situation

SLOTS = {
    "seen": Slot("seen", "text", influence=True),
    "kind": Slot("kind", "categorical", influence=True, values=("a", "__other__"), initial="a"),
    "hidden": Slot("hidden", "any", influence=False),
}
DOMAIN = Domain(
    intents=dict.fromkeys(("greet", "inform"), frozenset({"place"})),
    entities=frozenset({"place"}),
    labels=frozenset({"place"}),
    slots={**SLOTS, **default_slots(with_forms=True)},
    forms={name: Form(name, (), frozenset(), frozenset()) for name in ("F", "G")},
    responses={},
    actions=frozenset({"action_x"}),
    session_minutes=60,
    carry_over_slots=True,
    raw={},
)
SIGHT = Sight({name: SLOTS[name] for name in ("seen", "kind")}, 3)


def heard(intent: str, *entities: str, at: float = 0.0) -> Event:
    found = [{"entity": name, "value": name} for name in entities]
    parse = {"intent": {"name": intent}, "entities": found, "text": intent}
    return {"event": "user", "timestamp": at, "parse_data": parse}


events = st.one_of(
    st.sampled_from(["action_listen", "F", "F", "G", "action_x"]).map(action_event),
    st.sampled_from(["greet", "inform"]).map(heard),
    st.just(heard("inform", "place")),
    st.sampled_from([("seen", "x"), ("seen", None), ("kind", "b"), ("hidden", {"a": 1})]).map(
        lambda pair: slot_event(*pair)
    ),
    st.sampled_from(["F", "G", None]).map(loop_event),
    st.sampled_from(["F", "action_x"]).map(rejection_event),
    st.sampled_from(["rewind", "rewind", "undo", "reset_slots", "restart", "session_started"]).map(
        simple_event
    ),
    st.just({"event": "followup", "timestamp": 0.0, "name": "action_x"}),
)


def replayed_states(history: Sequence[Event]) -> list[RuleState]:
    """The situations by Rasa's own way: apply what still counts from the beginning."""
    view = TrackerView(DOMAIN, "cnv")
    found: list[RuleState] = []
    for event in applied_events(history, loop_names(history)):
        if event["event"] == "action":
            found.append(situation(view, slot_features(SIGHT.slots, view.slots)))
        view.apply(event)
    found.append(situation(view, slot_features(SIGHT.slots, view.slots)))
    return found


RUN, UNDO = action_event("F"), simple_event("undo")


@settings(max_examples=150, deadline=None)
@given(st.lists(events, max_size=40))
@example([RUN, RUN, UNDO, loop_event("F")])
@example([RUN, RUN, UNDO, loop_event("F"), slot_event("seen", "x"), RUN, heard("greet")])
@example([RUN, slot_event("seen", "x"), RUN, UNDO, loop_event("F"), action_event("action_x")])
@example([RUN, *[action_event("action_x")] * 30, RUN, loop_event("F")])
def test_situations_are_those_of_a_replay(history: list[Event]) -> None:
    tracker = Tracker(DOMAIN, "cnv", SIGHT)
    for at, event in enumerate(history):
        tracker.apply(dict(event))
        expected = replayed_states(history[: at + 1])
        assert tracker.states(4) == expected[-4:]


@settings(max_examples=100, deadline=None)
@given(st.lists(events, max_size=40))
def test_values_after_taking_back_are_those_of_a_replay(history: list[Event]) -> None:
    tracker = Tracker(DOMAIN, "cnv", SIGHT).extend([*history, simple_event("rewind")])
    whole = [*history, simple_event("rewind")]
    view = TrackerView(DOMAIN, "cnv").extend(applied_events(whole, loop_names(whole)))

    assert tracker.slots == view.slots
    assert tracker.latest_action == view.latest_action
    assert tracker.loop_name == view.loop_name
    assert tracker.followup == view.followup


def turn(kind: str, number: int) -> list[Event]:
    """The events of one turn as a conversation would have them."""
    words = heard("greet" if number % 2 else "inform", at=float(number))
    listen = action_event("action_listen")
    match kind:
        case "form starts":
            return [words, action_event("F"), loop_event("F"), slot_event("seen", number), listen]
        case "form goes on":
            return [words, slot_event("hidden", {"n": number}), action_event("F"), listen]
        case "form ends":
            return [words, action_event("F"), loop_event(None), action_event("action_x"), listen]
        case "form refuses":
            return [
                words,
                rejection_event("F"),
                action_event("action_x"),
                action_event("F"),
                listen,
            ]
        case "fallback":
            return [words, action_event("action_x"), simple_event("rewind"), listen]
        case "back":
            rewind = simple_event("rewind")
            return [words, action_event("action_x"), rewind, dict(rewind), listen]
        case "reset":
            return [words, action_event("action_x"), simple_event("reset_slots"), listen]
        case "session":
            start = action_event("action_session_start")
            return [start, simple_event("session_started"), listen, words, dict(listen)]
        case _:
            return [words, action_event("action_x"), slot_event("kind", f"v{number}"), listen]


KINDS = ("form starts", "form goes on", "form ends", "form refuses", "fallback", "reset", "talk")


@st.composite
def turns(draw: Any) -> list[str]:
    """Turns with few enough `back`s to stay within the rounds that are kept."""
    kinds = ["form starts", *draw(st.lists(st.sampled_from(KINDS), max_size=25))]
    for _ in range(draw(st.integers(0, 2))):
        kinds.insert(draw(st.integers(0, len(kinds))), "back")
    if draw(st.booleans()):
        at = draw(st.integers(0, len(kinds)))
        kinds[at:at] = ["session", "form starts"]
    return list(kinds)


@settings(max_examples=120, deadline=None)
@given(turns(), st.sampled_from([(1, 2), (2, 3), (1, 4)]))
def test_a_reduced_state_goes_on_like_the_whole_history(
    kinds: list[str], sizes: tuple[int, int]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory, "TURNS_WHOLE", sizes[0])
        patch.setattr(memory, "TURNS_UNREDUCED", sizes[1])
        patch.setattr(memory, "ROUNDS_KEPT", 4)
        keeper = Memory(DOMAIN, SIGHT)
        whole = Tracker(DOMAIN, "cnv", SIGHT)
        state: bytes | None = None
        for number, kind in enumerate(kinds):
            kept = keeper.load(state, "cnv")
            if kind == "session":
                whole = Tracker(DOMAIN, "cnv", SIGHT)
            for event in turn(kind, number):
                kept.apply(dict(event))
                whole.apply(dict(event))
                if event["event"] == "action" and len(whole.events) == 1 and kind == "session":
                    continue  # the old session is over only with the next event
                assert kept.states(3) == whole.states(3)
                assert kept.slots == whole.slots
                assert kept.loop_name == whole.loop_name
                assert (kept.loop and kept.loop.rejected) == (whole.loop and whole.loop.rejected)
                assert kept.latest_action == whole.latest_action
                assert kept.followup == whole.followup
                assert kept.last_heard() == whole.last_heard()
            assert kept.slots_ever_set() == whole.slots_ever_set()
            state = keeper.dump(kept)


def test_a_state_stays_small_in_a_long_form() -> None:
    keeper = Memory(DOMAIN, SIGHT)
    state: bytes | None = None
    sizes = []
    for number in range(200):
        tracker = keeper.load(state, "cnv")
        tracker.extend(turn("form goes on" if number else "form starts", number))
        state = keeper.dump(tracker)
        sizes.append(len(state))

    assert max(sizes) < 4000


def test_an_unreadable_state_begins_a_new_conversation() -> None:
    keeper = Memory(DOMAIN, SIGHT)

    for broken in (b"", b"{}", b"\xff\xfe", b'{"v":0}\n\n'):
        assert keeper.load(broken, "cnv").latest_action is None


def test_an_action_sees_the_events_of_earlier_turns_without_them_being_read_for_validation() -> (
    None
):
    keeper = Memory(DOMAIN, SIGHT)
    first = keeper.load(None, "cnv")
    first.extend(turn("talk", 1))
    second = keeper.load(keeper.dump(first), "cnv")
    second.extend([heard("greet"), slot_event("seen", "x")])
    log = second.log()

    assert len(log) == 6
    assert [e["event"] for e in log[len(log) - 1 :]] == ["slot"]
    assert next(reversed(log))["name"] == "seen"
    assert second.past._events is None
    assert [e["event"] for e in log] == ["user", "action", "slot", "action", "user", "slot"]
