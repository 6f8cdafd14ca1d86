"""What a move does to a case, and who may see what of it."""

from datetime import timedelta

import pytest
from some_case import CITIZEN, CLERK, NOW, UNIT, new_case

from api.catalogue.rules.categories import RequestKind
from api.domain.cases.case import UrgeRule
from api.domain.cases.matter import CitizenContact, ContactMode
from api.domain.cases.rights import may_know_identity, may_read
from api.domain.errors import UrgeLimitReached
from api.domain.lifecycle import Move
from api.people.rules.actor import Actor, Role

HOLDER = Actor("tok_2", Role.UNIT, "Works", unit=UNIT.code)
OTHER_UNIT = Actor("tok_3", Role.UNIT, "Water", unit="WATER-EAST")


def submitted(**changes):
    case = new_case(**changes)
    case.submit(CITIZEN, NOW)
    return case


def test_a_late_detail_is_owed_no_longer_and_joins_the_others():
    case = submitted(owed=("photo", "shore"))
    case.add("看见了", {"shore": "left"}, CITIZEN, NOW)
    assert case.owed == ("photo",)
    assert case.matter.details == {"shore": "left"}
    entry = case.entries[-1]
    assert (entry.move, entry.note) == (Move.ADD_DETAILS, "看见了")
    assert [(item.code, item.params) for item in entry.because] == [
        ("details_given", {"keys": "shore"})
    ]


def test_words_alone_are_a_remark_and_change_nothing_else():
    case = submitted()
    case.add("又来了", {}, CITIZEN, NOW)
    assert case.entries[-1].move is Move.REMARK
    assert case.owed == ("photo",)


def test_urging_again_within_a_day_is_refused_and_says_when_it_may_be_done():
    case, rule = submitted(), UrgeRule()
    case.urge(None, rule, CITIZEN, NOW)
    with pytest.raises(UrgeLimitReached) as refused:
        case.urge(None, rule, CITIZEN, NOW + timedelta(hours=23, minutes=59))
    assert refused.value.params == {"next_at": (NOW + timedelta(hours=24)).isoformat()}
    case.urge(None, rule, CITIZEN, NOW + timedelta(hours=24))
    assert case.urged == 2


def test_urging_has_an_end():
    case, rule = submitted(), UrgeRule(gap=timedelta(0), most=2)
    case.urge(None, rule, CITIZEN, NOW)
    case.urge(None, rule, CITIZEN, NOW)
    with pytest.raises(UrgeLimitReached) as refused:
        case.urge(None, rule, CITIZEN, NOW)
    assert refused.value.params == {"most": 2}


def test_the_history_names_staff_but_never_a_citizen():
    case = submitted()
    case.accept(CLERK, NOW)
    assert [entry.actor_name for entry in case.entries] == [None, "Li"]


def test_a_case_is_read_by_its_citizen_its_unit_and_the_hotline_and_nobody_else():
    case = submitted(unit=UNIT.code)
    assert may_read(CITIZEN, "ctz_1", case)
    assert not may_read(CITIZEN, "ctz_2", case)
    assert not may_read(CITIZEN, None, case)
    assert may_read(HOLDER, None, case)
    assert not may_read(OTHER_UNIT, None, case)
    assert {role for role in Role if may_read(Actor("x", role), None, case)} == {
        Role.CLERK,
        Role.LEADER,
        Role.SUPERVISOR,
    }


@pytest.mark.parametrize(
    ("kind", "mode", "unit_knows"),
    [
        (RequestKind.COMPLAINT, ContactMode.NAMED, True),
        (RequestKind.COMPLAINT, ContactMode.CONFIDENTIAL, False),
        (RequestKind.REPORT, ContactMode.NAMED, False),
        (RequestKind.REPORT, ContactMode.CONFIDENTIAL, False),
    ],
)
def test_a_reporter_is_never_named_to_the_unit(kind, mode, unit_knows):
    case = submitted(
        kind=kind, unit=UNIT.code, contact=CitizenContact(mode, "王小河", "13800001234")
    )
    assert may_know_identity(HOLDER, case) is unit_knows
    assert not may_know_identity(OTHER_UNIT, case)
    assert may_know_identity(CLERK, case)
    assert not may_know_identity(CITIZEN, case)
