"""The table of moves: what it allows, and that nothing happens beside it."""

from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from some_case import CITIZEN, CITY, CLERK, UNIT, new_case

from api.contract import cases as wire
from api.domain.actor import SYSTEM, TOKEN_ROLES, Actor, Role
from api.domain.case import ContactMode, Reply, UrgeRule
from api.domain.catalogue import Kind, Urgency
from api.domain.errors import Forbidden, MoveNotAllowed, ReasonRequired, Refusal
from api.domain.lifecycle import ENDS, OPEN, TABLE, Move, State, after, moves
from kernel.clock import ManualClock

ACTORS = [CITIZEN, CLERK, SYSTEM] + [Actor(f"tok_{role}", role) for role in sorted(TOKEN_ROLES)]
REPLY = Reply("yes", None, "partly", "the stone is on order", "It is fenced off.")


def test_every_state_is_open_or_an_end():
    assert frozenset(State) == OPEN | ENDS
    assert not OPEN & ENDS
    assert len(State) == 17


def test_the_wire_knows_exactly_the_states_moves_and_kinds_of_the_domain():
    assert set(get_args(wire.State)) == set(State)
    assert set(get_args(wire.Move)) == set(Move)
    assert set(get_args(wire.Kind)) == set(Kind)
    assert set(get_args(wire.ContactMode)) == set(ContactMode)
    assert set(get_args(wire.Urgency)) == set(Urgency)


def test_every_move_has_a_row_and_nothing_leaves_an_end():
    assert set(TABLE) == set(Move)
    for move, row in TABLE.items():
        assert row.target is None or not row.sources & ENDS, move


def test_a_case_begins_with_a_citizen_or_a_clerk_and_never_twice():
    assert after(Move.SUBMIT, None, Role.CITIZEN) is State.SUBMITTED
    assert after(Move.SUBMIT, None, Role.CLERK) is State.SUBMITTED
    with pytest.raises(Forbidden):
        after(Move.SUBMIT, None, Role.UNIT)
    with pytest.raises(MoveNotAllowed):
        after(Move.SUBMIT, State.SUBMITTED, Role.CITIZEN)


@pytest.mark.parametrize("move", sorted(set(Move) - {Move.SUBMIT}))
def test_no_other_move_makes_a_case(move):
    role = next(iter(TABLE[move].roles))
    with pytest.raises(MoveNotAllowed):
        after(move, None, role, "because")


def test_a_rejection_needs_a_reason():
    with pytest.raises(ReasonRequired):
        after(Move.REJECT, State.SUBMITTED, Role.CLERK)
    assert after(Move.REJECT, State.SUBMITTED, Role.CLERK, "in court") is State.REJECTED


def test_a_service_without_a_citizen_may_do_nothing():
    assert Actor("service", Role.SERVICE).acts_as is Role.SERVICE
    assert all(Role.SERVICE not in row.roles for row in TABLE.values())


def test_a_unit_sees_its_own_moves_and_a_clerk_those_of_the_desk():
    assert moves(State.DISPATCHED, Role.UNIT) == (Move.SIGN_IN, Move.RETURN)
    assert moves(State.PROCESSING, Role.UNIT) == (Move.PROGRESS, Move.REPLY, Move.RETURN)
    assert moves(State.REHANDLING, Role.UNIT) == (Move.PROGRESS, Move.REPLY)
    assert moves(State.REPLIED, Role.UNIT) == ()
    assert Move.REFUSE_RETURN in moves(State.RETURN_PENDING, Role.CLERK)
    assert Move.ACCEPT_RETURN not in moves(State.RETURN_PENDING, Role.UNIT)
    assert moves(State.SUBMITTED, Role.CLERK) == (
        Move.ACCEPT,
        Move.REJECT,
        Move.REMARK,
        Move.ADD_DETAILS,
    )
    assert moves(State.WITHDRAWN, Role.CITIZEN) == ()


class AnyoneTriesAnything(RuleBasedStateMachine):
    """Random actors try random moves; what the table forbids must leave no trace."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = ManualClock()
        self.case = new_case()
        self.case.submit(CITIZEN, self.clock.now())

    @rule(hours=st.integers(1, 60))
    def time_passes(self, hours):
        self.clock.advance(hours=hours)

    @rule(actor=st.sampled_from(ACTORS), move=st.sampled_from(sorted(set(Move) - {Move.SUBMIT})))
    def someone_tries(self, actor, move):
        before, version, entries = self.case.state, self.case.version, len(self.case.entries)
        row = TABLE[move]
        allowed = before in row.sources and actor.acts_as in row.roles
        try:
            self.make(move, actor)
        except Refusal as refusal:
            refused = refusal.code
            assert not allowed or refused == "urge_limit_reached"
            assert (self.case.state, self.case.version) == (before, version)
            assert len(self.case.entries) == entries
        else:
            assert allowed
            assert self.case.state is (row.target or before)
            assert self.case.version == version + 1

    @precondition(lambda self: self.case.state in ENDS)
    @rule()
    def an_end_is_an_end(self):
        # A closed case takes a late word; nothing leads out of it.
        assert set(moves(self.case.state, Role.CLERK)) <= {Move.REMARK}

    def make(self, move, actor):
        now = self.clock.now()
        exclusion = CITY.exclusions["court"]
        {
            Move.ACCEPT: lambda: self.case.accept(actor, now),
            Move.DISPATCH: lambda: self.case.dispatch(UNIT, actor, now, due_at=now, because=()),
            Move.REJECT: lambda: self.case.reject(exclusion, "in court", actor, now),
            Move.WITHDRAW: lambda: self.case.withdraw(None, actor, now),
            Move.URGE: lambda: self.case.urge(None, UrgeRule(), actor, now),
            Move.REMARK: lambda: self.case.add("more", {}, actor, now),
            Move.ADD_DETAILS: lambda: self.case.add(None, {"photo": "a"}, actor, now),
            Move.ANSWER_ONLINE: lambda: self.case.answer_online(UNIT, actor, now, ()),
            Move.SIGN_IN: lambda: self.case.sign_in(actor, now),
            Move.PROGRESS: lambda: self.case.progress("half is done", actor, now),
            Move.REPLY: lambda: self.case.reply(REPLY, actor, now),
            Move.RETURN: lambda: self.case.give_back("not ours", actor, now, decide_by=now),
            Move.ACCEPT_RETURN: lambda: self.case.accept_return(None, actor, now, dispatch_by=now),
            Move.REFUSE_RETURN: lambda: self.case.refuse_return("it is yours", actor, now),
            Move.ASK_SURVEY: lambda: self.of_itself(actor, self.case.ask_survey, now),
            Move.RATE: lambda: self.case.rate(actor, now, (), None),
            Move.REHANDLE: lambda: self.case.rehandle("not solved", actor, now, due_at=now),
            Move.CLOSE: lambda: self.of_itself(actor, self.case.close, now, ()),
        }[move]()

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


TestAnyoneTriesAnything = AnyoneTriesAnything.TestCase
TestAnyoneTriesAnything.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
