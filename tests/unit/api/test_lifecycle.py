"""The table of moves: what it allows, and that nothing happens beside it."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from some_case import CITIZEN, CITY, CLERK, NOW, UNIT, new_case

from api.catalogue.rules.categories import RequestKind, Urgency
from api.contract.cases import case as wire
from api.domain.cases.case import UnitReply, UrgeRule
from api.domain.cases.matter import ContactMode
from api.domain.errors import MoveLacks, MoveNotAllowed, NotHelping, ReasonRequired
from api.domain.joint import assessment, together
from api.domain.lifecycle import (
    ENDS,
    OPEN,
    SIDE,
    TABLE,
    UNANSWERED,
    CaseState,
    Move,
    MoveNeed,
    after,
    moves,
)
from api.domain.moves import returns, supervision, waiting
from api.errors import Forbidden, Refusal
from api.people.rules.actor import SYSTEM, TOKEN_ROLES, Actor, Role
from kernel.clock import ManualClock

ACTORS = [CITIZEN, CLERK, SYSTEM] + [
    Actor(f"tok_{role}", role, unit=UNIT.code if role is Role.UNIT else None)
    for role in sorted(TOKEN_ROLES)
]
HELPER = CITY.units["WATER-EAST"]
UNITS = [Actor("tok_helper", Role.UNIT, unit=HELPER.code), Actor("tok_other", Role.UNIT, unit="X")]
LATER = timedelta(days=30)
MEETING = together.Meeting(
    number="n", seq=1, at=NOW, participants=("A",), decision="dig", due_at=NOW + LATER
)
REPLY = UnitReply("yes", None, "partly", "the stone is on order", "It is fenced off.")


def test_every_state_is_open_or_an_end():
    assert frozenset(CaseState) == OPEN | ENDS
    assert not OPEN & ENDS
    assert len(CaseState) == 17


def test_the_wire_knows_exactly_the_states_and_kinds_of_the_domain():
    assert set(get_args(wire.State)) == set(CaseState)
    assert set(get_args(wire.Kind)) == set(RequestKind)
    assert set(get_args(wire.ContactMode)) == set(ContactMode)
    assert set(get_args(wire.Urgency)) == set(Urgency)


def test_every_move_has_a_row_and_nothing_leaves_an_end():
    assert set(TABLE) == set(Move)
    for move, row in TABLE.items():
        ends = row.sources & ENDS if row.target is not None else frozenset()
        # What a citizen filed went into another's case, which that one may take back.
        assert ends == ({CaseState.MERGED} if move is Move.TAKE_OVER else frozenset()), move


def test_a_case_begins_with_a_citizen_or_a_clerk_and_never_twice():
    assert after(Move.SUBMIT, None, Role.CITIZEN) is CaseState.SUBMITTED
    assert after(Move.SUBMIT, None, Role.CLERK) is CaseState.SUBMITTED
    with pytest.raises(Forbidden):
        after(Move.SUBMIT, None, Role.UNIT)
    with pytest.raises(MoveNotAllowed):
        after(Move.SUBMIT, CaseState.SUBMITTED, Role.CITIZEN)


@pytest.mark.parametrize("move", sorted(set(Move) - {Move.SUBMIT}))
def test_no_other_move_makes_a_case(move):
    role = next(iter(TABLE[move].roles))
    with pytest.raises(MoveNotAllowed):
        after(move, None, role, set(MoveNeed))


def test_a_rejection_needs_a_reason():
    with pytest.raises(ReasonRequired):
        after(Move.REJECT, CaseState.SUBMITTED, Role.CLERK)
    assert (
        after(Move.REJECT, CaseState.SUBMITTED, Role.CLERK, {MoveNeed.REASON}) is CaseState.REJECTED
    )


def test_a_service_without_a_citizen_may_do_nothing():
    assert Actor("service", Role.SERVICE).acts_as is Role.SERVICE
    assert all(Role.SERVICE not in row.roles for row in TABLE.values())


def test_what_a_move_must_come_with_is_asked_for_by_name():
    with pytest.raises(MoveLacks) as lacks:
        after(Move.RETURN, CaseState.PROCESSING, Role.UNIT, {MoveNeed.REASON})
    assert lacks.value.params == {"move": "return", "need": "evidence"}


def test_a_side_state_is_left_to_where_the_case_came_from():
    for state in (CaseState.PROCESSING, CaseState.REHANDLING):
        role, given = Role.CLERK, set(MoveNeed)
        assert after(Move.RESUME, CaseState.SUPPLEMENT, role, given, back_to=state) is state


class AnyoneTriesAnything(RuleBasedStateMachine):
    """Random actors try random moves; what the table forbids must leave no trace."""

    RULES = frozenset(
        {
            "urge_limit_reached",
            "case_ruled",
            "return_too_late",
            "extension_too_late",
            "until_invalid",
            "extension_too_long",
            "already_in",
            "not_helping",
        }
    )
    """Refusals beyond the table, each from a rule of its own move."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = ManualClock()
        self.case = new_case()
        self.case.submit(CITIZEN, self.clock.now())

    @rule(hours=st.integers(1, 60))
    def time_passes(self, hours):
        self.clock.advance(hours=hours)

    @rule(
        actor=st.sampled_from(ACTORS + UNITS),
        move=st.sampled_from(sorted(set(Move) - {Move.SUBMIT})),
    )
    def someone_tries(self, actor, move):
        case = self.case
        before, version, entries = case.state, case.version, len(case.entries)
        standing = replace(case, entries=[])
        row = TABLE[move]
        allowed = before in row.sources and actor.acts_as in row.roles
        if actor.role is Role.UNIT:
            allowed = allowed and row.part in case.parts_of(actor.unit)
        back = case.back_to
        try:
            self.make(move, actor)
        except Refusal as refusal:
            refused = refusal.code
            assert not allowed or refused in self.RULES
            assert replace(case, entries=[]) == standing
            assert len(case.entries) == entries
        else:
            assert allowed
            assert case.state is (row.target or (back if row.back else before))
            assert case.version == version + 1

    @rule(move=st.sampled_from(sorted(set(Move) - {Move.SUBMIT})), actor=st.sampled_from(ACTORS))
    def somebody_does_what_the_table_lets_them(self, move, actor):
        """So that the deeper states are reached, too."""
        if self.case.state in TABLE[move].sources and actor.acts_as in TABLE[move].roles:
            self.someone_tries(actor, move)

    @precondition(lambda self: self.case.state in ENDS - {CaseState.MERGED})
    @rule()
    def an_end_is_an_end(self):
        # A closed case takes a late word; nothing leads out of it.
        assert set(moves(self.case.state, Role.CLERK)) <= {Move.REMARK}

    def make(self, move, actor):
        case, now = self.case, self.clock.now()
        exclusion, until = CITY.exclusions["court"], now + LATER
        why, other = "it is so", new_case(number="20260302-000002-3", version=1)
        {
            Move.ACCEPT: lambda: case.accept(actor, now),
            Move.DISPATCH: lambda: case.dispatch(UNIT, actor, now, due_at=until, because=()),
            Move.REJECT: lambda: case.reject(exclusion, "in court", actor, now),
            Move.WITHDRAW: lambda: case.withdraw(None, actor, now),
            Move.URGE: lambda: case.urge(None, UrgeRule(), actor, now),
            Move.REMARK: lambda: case.add("more", {}, actor, now),
            Move.ADD_DETAILS: lambda: case.add(None, {"photo": "a"}, actor, now),
            Move.REMIND: lambda: self.of_itself(actor, self.reminds, now),
            Move.ANSWER_ONLINE: lambda: case.answer_online(UNIT, actor, now, ()),
            Move.SIGN_IN: lambda: case.sign_in(actor, now),
            Move.PROGRESS: lambda: case.progress("half is done", actor, now),
            Move.REPLY: lambda: case.reply(REPLY, actor, now),
            Move.ASK_SUPPLEMENT: lambda: waiting.ask_supplement(
                case, "which gate?", ("photo",), actor, now, remind_at=until
            ),
            Move.RESUME: lambda: waiting.resume(case, None, actor, now),
            Move.ASK_EXTENSION: lambda: waiting.ask_extension(
                case, why, until + LATER, actor, now, latest=until + LATER, decide_by=until
            ),
            Move.GRANT_EXTENSION: lambda: waiting.grant_extension(case, "rain", actor, now),
            Move.REFUSE_EXTENSION: lambda: waiting.refuse_extension(case, why, actor, now),
            Move.RETURN: lambda: returns.give_back(
                case, "not ours", "the map", actor, now, decide_by=until, until=until
            ),
            Move.ACCEPT_RETURN: lambda: returns.accept_return(
                case, None, actor, now, dispatch_by=until
            ),
            Move.REFUSE_RETURN: lambda: returns.refuse_return(case, "it is yours", actor, now),
            Move.OPEN_ASSESSMENT: lambda: assessment.open_assessment(
                case, why, (UNIT.code, HELPER.code), actor, now, rule_by=until
            ),
            Move.GIVE_VIEW: lambda: assessment.give_view(
                case, assessment.Stand.NOT_OURS, why, actor, now
            ),
            Move.RULE: lambda: assessment.rule(
                case, assessment.Principle.IN_CHARGE, UNIT, why, actor, now, due_at=until
            ),
            Move.ADD_HELPER: lambda: together.add_helper(
                case, HELPER, "look at the pipe", until, actor, now
            ),
            Move.REMOVE_HELPER: lambda: together.remove_helper(case, HELPER.code, why, actor, now),
            Move.FINISH_TASK: lambda: together.finish_task(case, "it is tight", actor, now),
            Move.MEET: lambda: together.meet(case, why, until, actor, now),
            Move.FINISH_MEETING: lambda: together.finish_meeting(case, MEETING, 1, why, actor, now),
            Move.TAKE_OVER: lambda: self.of_itself(actor, self.takes_over, other, now),
            Move.TIER_UP: lambda: together.change_tier(case, move, UNIT, why, actor, now),
            Move.TIER_DOWN: lambda: together.change_tier(case, move, UNIT, why, actor, now),
            Move.SUPERVISE: lambda: supervision.supervise(case, why, actor, now),
            Move.REPORT_UP: lambda: supervision.report_up(case, why, actor, now),
            Move.INSTRUCT: lambda: supervision.instruct(case, why, actor, now),
            Move.MARK_HARD: lambda: supervision.mark_hard(case, why, actor, now),
            Move.SHELVE: lambda: supervision.shelve(case, why, "no money yet", actor, now),
            Move.RECATEGORISE: lambda: supervision.recategorise(
                case, CITY.categories["0201"], Urgency.NORMAL, why, actor, now
            ),
            Move.MERGE: lambda: together.merge(case, other, None, actor, now),
            Move.SPLIT: lambda: together.split(case, other.number, why, actor, now),
            Move.ASK_SURVEY: lambda: self.of_itself(actor, case.ask_survey, now),
            Move.RATE: lambda: case.rate(actor, now, (), None),
            Move.REHANDLE: lambda: case.rehandle("not solved", actor, now, due_at=until),
            Move.CLOSE: lambda: self.of_itself(actor, case.close, now, ()),
        }.get(move, lambda: case.move(move, actor, now, reason=why, note=why, given=MoveNeed))()

    def reminds(self, now):
        """A reminder that has nothing to say, or says its last word, is no move of its own."""
        case = self.case
        case.check(Move.REMIND, SYSTEM)
        if not case.owed or case.reminded >= 2:
            raise NotHelping
        waiting.remind(case, now, again_at=now, most=2)

    def takes_over(self, other, now):
        together.take_over(self.case, other, now)
        self.case.wait_for_clerk(now + LATER, ())

    def of_itself(self, actor, move, *args):
        """Moves that the service makes by itself take no actor: others are refused at the table."""
        if actor is not SYSTEM:
            raise Forbidden(role=actor.role)
        move(*args)

    @invariant()
    def the_history_is_a_chain(self):
        entries = self.case.entries
        assert [entry.seq for entry in entries] == list(range(1, self.case.version + 1))
        assert entries[0].from_state is None
        assert entries[-1].to_state is self.case.state
        for earlier, later in pairwise(entries):
            assert later.from_state is earlier.to_state
            assert later.at >= earlier.at

    @invariant()
    def what_is_open_and_unanswered_is_due_once_it_has_a_unit(self):
        case = self.case
        if case.unit is not None and case.state in UNANSWERED:
            assert case.due_at is not None
        if case.state in ENDS:
            assert case.due_at is None
            assert case.clerk_by is None
        assert (case.back_to is not None) == (case.state in SIDE)
        assert case.back_to not in SIDE

    @invariant()
    def a_ruling_binds(self):
        moved = [entry.move for entry in self.case.entries]
        if Move.RULE in moved:
            assert Move.RETURN not in moved[moved.index(Move.RULE) :]


TestAnyoneTriesAnything = AnyoneTriesAnything.TestCase
TestAnyoneTriesAnything.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
