"""The life cycle's rules stated a second time, move by move, as the mechanism describes them.

Written from the description of the mechanism and not from the table, so that a slip in either one
shows. A row: move · from · to · who · needs · event · heard. Groups of states are spelled out here.
"""

import itertools

import pytest

from api.domain.errors import MoveLacks, MoveNotAllowed, ReasonRequired
from api.domain.lifecycle import (
    ENDS,
    HELD,
    OPEN,
    SIDE,
    TABLE,
    UNANSWERED,
    CaseState,
    CitizenNotice,
    Move,
    MoveNeed,
    UnitRole,
    after,
    moves,
    require,
)
from api.errors import Forbidden
from api.people.rules.actor import Role

GROUPS = {
    "open": "submitted accepted dispatched processing replied callback supplement return_pending"
    " extension_pending assessment rehandling",
    "unanswered": "submitted accepted dispatched processing supplement return_pending"
    " extension_pending assessment rehandling",
    "with_desk": "accepted dispatched processing supplement return_pending extension_pending"
    " assessment rehandling",
    "at_unit": "dispatched processing rehandling",
    "at_work": "processing rehandling extension_pending",
    "desk": "clerk supervisor",
}

RULES = """
submit            | -                                   | submitted         | citizen desk           | -                        | submitted         | own
accept            | submitted                           | accepted          | desk system            | -                        | accepted          | told
dispatch          | accepted                            | dispatched        | desk system            | unit until               | dispatched        | told
reject            | submitted                           | rejected          | desk                   | reason                   | rejected          | told
withdraw          | unanswered                          | withdrawn         | citizen                | -                        | withdrawn         | own
urge              | unanswered                          | stays             | citizen desk system    | -                        | urged             | own
remark            | open closed long_term               | stays             | citizen clerk          | -                        | remarked          | nothing
add_details       | open                                | stays             | citizen clerk          | -                        | details_added     | nothing
remind            | unanswered                          | stays             | system                 | -                        | reminded          | told
answer_online     | submitted                           | answered_online   | system                 | -                        | answered_online   | told
sign_in           | dispatched                          | processing        | unit                   | -                        | signed_in         | told
progress          | at_work                             | stays             | unit                   | note                     | progress          | told
reply             | at_work                             | replied           | unit                   | note                     | replied           | told
ask_supplement    | submitted processing rehandling     | supplement        | desk unit              | note                     | supplement_asked  | told
resume            | supplement                          | back              | desk unit system       | -                        | resumed           | told
ask_extension     | processing rehandling               | extension_pending | unit                   | reason until             | extension_asked   | nothing
grant_extension   | extension_pending                   | back              | desk                   | note until               | extension_granted | told
refuse_extension  | extension_pending                   | back              | desk                   | reason                   | extension_refused | nothing
return            | dispatched processing               | return_pending    | unit                   | reason evidence          | returned          | told
accept_return     | return_pending                      | accepted          | desk                   | -                        | return_accepted   | told
refuse_return     | return_pending                      | dispatched        | desk                   | reason                   | return_refused    | told
open_assessment   | accepted at_unit return_pending replied callback | assessment | desk system       | reason                   | assessment_opened | told
give_view         | assessment                          | stays             | unit:member            | reason                   | view_given        | nothing
rule              | assessment                          | dispatched        | desk leader            | reason ruling unit until | ruled             | told
add_helper        | with_desk                           | stays             | desk leader            | unit until               | helper_added      | told
remove_helper     | with_desk                           | stays             | desk                   | reason unit              | helper_removed    | nothing
finish_task       | open                                | stays             | unit:helper            | reason                   | task_finished     | nothing
meet              | with_desk                           | stays             | desk unit leader       | reason until             | met               | told
finish_meeting    | open                                | stays             | desk unit leader       | reason                   | meeting_done      | nothing
tier_up           | at_unit return_pending              | dispatched        | desk                   | reason unit              | tier_raised       | told
tier_down         | at_unit return_pending              | dispatched        | desk                   | reason unit              | tier_lowered      | told
warn              | unanswered                          | stays             | system                 | -                        | warned            | nothing
supervise         | unanswered                          | stays             | supervisor system      | reason                   | supervised        | told
report_up         | unanswered                          | stays             | supervisor system      | reason                   | reported_up       | nothing
instruct          | open                                | stays             | leader                 | reason                   | instructed        | told
mark_hard         | unanswered                          | stays             | desk                   | reason                   | marked_hard       | nothing
shelve            | accepted at_unit assessment         | long_term         | supervisor             | reason note              | shelved           | told
recategorise      | submitted accepted return_pending assessment | stays    | desk                   | reason                   | recategorised     | nothing
merge             | unanswered                          | merged            | desk                   | other                    | merged            | told
take_over         | merged                              | accepted          | system                 | -                        | taken_over        | told
split             | unanswered                          | stays             | desk                   | reason other             | split             | told
ask_survey        | replied                             | callback          | system                 | -                        | -                 | nothing
rate              | callback                            | stays             | citizen clerk system   | -                        | rated             | nothing
rehandle          | replied callback                    | rehandling        | desk system            | reason                   | rehandling        | told
close             | callback                            | closed            | system                 | -                        | closed            | told
"""  # noqa: E501 - a table is read across
MOVES = [[cell.strip() for cell in line.split("|")] for line in RULES.strip().splitlines()]
ORDER = [Move(row[0]) for row in MOVES]


def words(cell):
    if cell == "-":
        return frozenset()
    return frozenset(
        itertools.chain.from_iterable(GROUPS.get(word, word).split() for word in cell.split())
    )


def states(name):
    return frozenset(map(CaseState, GROUPS[name].split()))


def test_the_table_has_these_moves_in_this_order():
    assert list(TABLE) == ORDER
    assert len(ORDER) == 45


@pytest.mark.parametrize("row", MOVES, ids=[row[0] for row in MOVES])
def test_a_move_is_as_the_mechanism_describes_it(row):
    name, sources, target, who, needs, event, heard = row
    found = TABLE[Move(name)]
    part = who.partition(":")[2]
    assert found.sources == frozenset(map(CaseState, words(sources)))
    assert found.target == (None if target in ("stays", "back") else CaseState(target))
    assert found.back == (target == "back")
    assert found.roles == frozenset(map(Role, words(who.partition(":")[0])))
    assert found.part == (UnitRole(part) if part else UnitRole.HOLDER)
    assert found.needs == frozenset(map(MoveNeed, words(needs)))
    assert found.event == (None if event == "-" else f"case.{event}")
    assert found.heard == CitizenNotice(heard)


def test_the_groups_of_states_are_the_mechanisms():
    assert states("open") == OPEN
    assert states("unanswered") == UNANSWERED
    ends = "closed answered_online rejected withdrawn merged long_term"
    assert frozenset(map(CaseState, ends.split())) == ENDS
    assert states("at_unit") | {CaseState.SUPPLEMENT, CaseState.EXTENSION_PENDING} == HELD
    assert {CaseState.SUPPLEMENT, CaseState.EXTENSION_PENDING} == SIDE


@pytest.mark.parametrize("state", CaseState)
def test_each_role_may_do_in_each_state_what_the_rules_say(state):
    for role, part in itertools.product(Role, UnitRole):
        expected = tuple(
            Move(name)
            for name, sources, _, who, *_ in MOVES
            if state in words(sources)
            and role in words(who.partition(":")[0])
            and (role is not Role.UNIT or part == (who.partition(":")[2] or UnitRole.HOLDER))
        )
        assert moves(state, role, {part}) == expected


@pytest.mark.parametrize("row", MOVES, ids=[row[0] for row in MOVES])
def test_a_move_of_another_role_or_state_or_without_what_it_needs_is_refused(row):
    name, sources, target, who, needs, *_ = row
    move, role = Move(name), Role(min(words(who.partition(":")[0])))
    needed = {MoveNeed(word) for word in words(needs)}
    begins = [CaseState(word) for word in sorted(words(sources))]
    for other in set(Role) - set(words(who.partition(":")[0])):
        with pytest.raises(Forbidden) as forbidden:
            require(move, other)
        assert forbidden.value.params == {"move": move, "role": other}
        with pytest.raises(Forbidden):
            after(move, begins[0] if begins else None, other, needed)
    for state in set(CaseState) - set(begins):
        with pytest.raises(MoveNotAllowed) as refused:
            after(move, state, role, needed)
        assert refused.value.params == {"move": move, "state": state}
    if begins:
        with pytest.raises(MoveNotAllowed) as refused:
            after(move, None, role, needed)
        assert refused.value.params == {"move": move, "state": ""}
    for state in begins:
        leads = {"stays": state, "back": CaseState.REHANDLING}.get(target) or CaseState(target)
        assert after(move, state, role, needed, back_to=CaseState.REHANDLING) is leads
        for need in needed:
            error = ReasonRequired if need is MoveNeed.REASON else MoveLacks
            with pytest.raises(error) as lacks:
                after(move, state, role, needed - {need})
            wanted = {"move": move} if need is MoveNeed.REASON else {"move": move, "need": need}
            assert lacks.value.params == wanted


def test_a_case_that_left_for_a_side_state_from_nowhere_known_goes_on_in_hand():
    assert after(Move.RESUME, CaseState.SUPPLEMENT, Role.CLERK) is CaseState.PROCESSING
    needed = {MoveNeed.NOTE, MoveNeed.UNTIL}
    state = after(Move.GRANT_EXTENSION, CaseState.EXTENSION_PENDING, Role.CLERK, needed)
    assert state is CaseState.PROCESSING


def test_of_several_missing_things_the_reason_is_asked_for_first():
    with pytest.raises(ReasonRequired):
        after(Move.RULE, CaseState.ASSESSMENT, Role.CLERK)
    with pytest.raises(MoveLacks) as lacks:
        after(Move.RULE, CaseState.ASSESSMENT, Role.CLERK, {MoveNeed.REASON})
    assert lacks.value.params["need"] is MoveNeed.UNIT
