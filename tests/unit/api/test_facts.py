"""Facts folded out of a case's history."""

from datetime import timedelta

from some_case import CITY, NOW, new_case

from api.catalogue.rules.calendar import WorkingCalendar
from api.catalogue.rules.limits import LimitUnit, TimeLimit
from api.domain.cases.facts import Measures, after, begin
from api.domain.cases.routing import CodedReason
from api.domain.cases.standing import Entry
from api.domain.lifecycle import CaseState, Move
from api.people.rules.actor import SYSTEM

MEASURES = Measures(WorkingCalendar(CITY.calendar), TimeLimit(1, LimitUnit.WORKING_DAYS))


def entry(move: Move, to_state: CaseState, hours: float = 0, **params: str) -> Entry:
    because = (CodedReason("replied" if move is Move.REPLY else "rated", params),)
    return Entry(
        seq=1,
        at=NOW + timedelta(hours=hours),
        move=move,
        from_state=None,
        to_state=to_state,
        actor_id=SYSTEM.id,
        actor_role=SYSTEM.role,
        actor_name=None,
        because=because,
    )


def given_to(unit: str, facts=None, move: Move = Move.DISPATCH, **changes):
    case = new_case(unit=unit, state=CaseState.DISPATCHED, version=3, **changes)
    if facts is None:
        facts = begin(case, None, "990101001")
    return case, after(facts, case, [entry(move, CaseState.DISPATCHED)], MEASURES)


def test_the_first_unit_begins_no_second_row():
    _, (facts,) = given_to("WORKS", due_at=NOW + timedelta(days=3))
    assert (facts.unit, facts.tenure, facts.last) == ("WORKS", 1, True)
    assert facts.contact_due_at is not None


def test_a_ruling_for_another_unit_parts_the_case_and_keeps_what_was_said_first():
    case, (facts,) = given_to("WORKS")
    (facts,) = after(
        facts,
        case,
        [entry(Move.RATE, CaseState.CALLBACK, solved="no", satisfaction="dissatisfied")],
        MEASURES,
    )
    _, (old, new) = given_to("WATER-EAST", facts, Move.RULE)
    assert (old.unit, old.last, old.solved) == ("WORKS", False, "no")
    assert (new.unit, new.tenure, new.last) == ("WATER-EAST", 2, True)
    assert (new.solved, new.first_solved) == (None, "no")
    assert (new.returned, new.answered, new.handled_minutes) == ("never", None, None)


def test_the_same_unit_again_is_no_other_unit():
    _, (facts,) = given_to("WORKS")
    _, rows = given_to("WORKS", facts, Move.REFUSE_RETURN)
    assert [row.tenure for row in rows] == [1]
    assert rows[0].returned == "refused"


def test_an_extension_moves_the_limit_and_a_late_answer_stays_late():
    case, (facts,) = given_to("WORKS", due_at=NOW + timedelta(hours=1))
    case.due_at = NOW + timedelta(hours=5)
    (facts,) = after(facts, case, [entry(Move.GRANT_EXTENSION, CaseState.PROCESSING)], MEASURES)
    case.due_at = None
    (early,) = after(facts, case, [entry(Move.REPLY, CaseState.REPLIED, 4)], MEASURES)
    assert early.answered == "in_time"
    (late,) = after(facts, case, [entry(Move.REPLY, CaseState.REPLIED, 6)], MEASURES)
    assert late.answered == "late"
    case.due_at = NOW + timedelta(days=9)
    (again,) = after(late, case, [entry(Move.REPLY, CaseState.REPLIED, 7)], MEASURES)
    assert (again.answered, again.elapsed_minutes) == ("late", 420)
