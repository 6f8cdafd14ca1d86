"""A talk with a leader: who has it, under which fence, and how it ends."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from api.catalogue.rules.texts import Text
from api.contract import live as wire
from api.live.rules import (
    Leader,
    NotAsked,
    SeatLost,
    Session,
    SessionFigures,
    SessionState,
    Talk,
    TalkEnding,
    TalkState,
    worth_telling,
)

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
SILENCE = timedelta(minutes=3)


def talk() -> Talk:
    return Talk(
        id="ltk_1",
        session="lvs_1",
        contact_point="cnv_1",
        channel="web",
        language="zh",
        ticket=1,
        asked_at=NOW,
    )


def session(**changes) -> Session:
    about = {
        "id": "lvs_1",
        "leader": Leader("stf_1", "江小舟", Text("副市长", "Deputy mayor")),
        "unit": "WORKS",
        "scope": Text("道路", "Roads"),
        "opens_at": NOW,
        "closes_at": NOW + timedelta(hours=1),
    }
    return Session(**(about | changes))


def test_the_wire_knows_exactly_the_states_and_endings_of_the_domain():
    assert set(wire.TalkState.__args__) == {item.value for item in TalkState}
    assert set(wire.Ending.__args__) == {item.value for item in TalkEnding}
    assert set(wire.SessionState.__args__) == {item.value for item in SessionState}


@pytest.mark.parametrize(
    ("minutes", "state"),
    [
        (-1, SessionState.PLANNED),
        (0, SessionState.OPEN),
        (59, SessionState.OPEN),
        (60, SessionState.CLOSED),
        (600, SessionState.CLOSED),
    ],
)
def test_a_session_is_open_from_its_first_moment_to_before_its_last(minutes, state):
    assert session().state(NOW + timedelta(minutes=minutes)) is state


def test_a_session_that_was_ended_is_closed_before_its_time():
    assert session(ended_at=NOW).state(NOW) is SessionState.CLOSED


def test_who_sits_there_under_an_older_fence_may_not_speak():
    held = talk()
    held.take("stf_1", "江小舟", NOW)
    held.hold("stf_1", 1)
    held.take("stf_2", "何望山", NOW)
    for owner, fence in (("stf_1", 1), ("stf_1", 2), ("stf_2", 1), ("stf_2", 3)):
        with pytest.raises(SeatLost):
            held.hold(owner, fence)
    held.hold("stf_2", 2)


def test_silence_is_counted_from_the_first_unanswered_word():
    held = talk()
    assert not held.silent(NOW + timedelta(days=1), SILENCE), "nobody owes a word in the queue"
    held.take("stf_1", None, NOW)
    assert held.silent(NOW + SILENCE, SILENCE)
    held.answered()
    assert not held.silent(NOW + timedelta(days=1), SILENCE)
    held.heard(NOW + timedelta(minutes=5), None)
    held.heard(NOW + timedelta(minutes=7), None)
    assert not held.silent(NOW + timedelta(minutes=7, seconds=59), SILENCE)
    assert held.silent(NOW + timedelta(minutes=8), SILENCE)


def test_danger_once_heard_stays_flagged():
    held = talk()
    held.heard(NOW, "fire")
    held.heard(NOW, None)
    assert held.danger == "fire"


def test_only_who_was_asked_confirms_and_only_once():
    held = talk()
    with pytest.raises(NotAsked):
        held.confirm(solved=True)
    held.take("stf_1", None, NOW)
    held.end(TalkEnding.ASKED, NOW)
    held.confirm(solved=True)
    assert held.ending is TalkEnding.SOLVED
    with pytest.raises(NotAsked):
        held.confirm(solved=False)


@pytest.mark.parametrize(
    ("announced", "place", "tells"),
    [
        (5, 4, False),
        (5, 3, False),
        (5, 2, True),
        (2, 1, True),
        (1, 1, False),
        (1, 2, False),
        (9, 6, True),
        (3, 9, False),
    ],
)
def test_a_place_is_told_again_when_it_is_the_next_or_three_nearer(announced, place, tells):
    assert worth_telling(announced, place) is tells


@given(st.lists(st.integers(0, 5), max_size=40), st.integers(1, 60))
def test_whoever_waits_hears_of_it_before_the_turn_comes(steps, start):
    """However the queue shrinks, nobody comes to be next without having been told."""
    result = place = start
    for step in steps:
        place = max(1, place - step)
        if worth_telling(result, place):
            result = place
        assert result >= place
        assert place > 1 or result == 1


def test_the_rate_is_solved_through_questions_and_none_without_any():
    assert SessionFigures(asked=9, questions=0, solved=0, unconfirmed=0, cases=0).rate is None
    counted = SessionFigures(asked=1300, questions=1203, solved=804, unconfirmed=0, cases=399)
    assert counted.rate == pytest.approx(0.6683, abs=5e-5)


class AnyoneDoesAnything(RuleBasedStateMachine):
    """Leaders take and end, citizens write and answer, time passes: the fence only rises."""

    def __init__(self) -> None:
        super().__init__()
        self.talk = talk()
        self.now = NOW
        self.fences = [0]
        self.said = 0

    def changed(self) -> None:
        assert self.talk.fence == self.fences[-1] + 1
        self.fences.append(self.talk.fence)

    @rule(minutes=st.integers(1, 10))
    def time_passes(self, minutes):
        self.now += timedelta(minutes=minutes)

    @rule(owner=st.sampled_from(["stf_1", "stf_2"]))
    def someone_takes(self, owner):
        if self.talk.state is TalkState.ENDED:
            with pytest.raises(SeatLost):
                self.talk.take(owner, None, self.now)
            return
        self.talk.take(owner, None, self.now)
        self.changed()

    @precondition(lambda self: self.talk.state is not TalkState.ENDED)
    @rule(danger=st.sampled_from([None, "fire"]))
    def the_citizen_writes(self, danger):
        self.talk.heard(self.now, danger)
        self.said += 1

    @rule(owner=st.sampled_from(["stf_1", "stf_2"]), behind=st.integers(0, 2))
    def someone_answers(self, owner, behind):
        fence = self.talk.fence - behind
        mine = self.talk.state is TalkState.LIVE and self.talk.owner == owner and not behind
        if not mine:
            with pytest.raises(SeatLost):
                self.talk.hold(owner, fence)
            return
        self.talk.hold(owner, fence)
        self.talk.answered()
        self.said += 1

    @precondition(lambda self: self.talk.state is not TalkState.ENDED)
    @rule(
        ending=st.sampled_from(
            [TalkEnding.ASKED, TalkEnding.LEFT, TalkEnding.SESSION, TalkEnding.SILENCE]
        )
    )
    def it_ends(self, ending):
        self.talk.end(ending, self.now)
        self.changed()

    @precondition(lambda self: self.talk.ending is TalkEnding.ASKED)
    @rule(solved=st.booleans())
    def the_citizen_judges(self, solved):
        self.talk.confirm(solved=solved)
        if not solved:
            self.talk.queue_again()
            self.changed()

    @invariant()
    def a_seat_has_an_owner_exactly_while_it_is_held(self):
        held = self.talk.state is TalkState.LIVE
        assert (self.talk.owner is not None) == held
        assert held or self.talk.due_since is None
        assert (self.talk.state is TalkState.ENDED) == (self.talk.ending is not None)
        assert self.talk.lines == self.said


TestAnyoneDoesAnything = AnyoneDoesAnything.TestCase
TestAnyoneDoesAnything.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
