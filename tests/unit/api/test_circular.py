"""Which cases go on a circular, and why."""

from dataclasses import replace

import pytest

from api.catalogue.rules.city import CircularRule
from api.figures.rules import Conduct, exemplary, poor

RULE = CircularRule()
PLAIN = Conduct(
    number="n",
    unit="u",
    category="0201",
    used=0.6,
    late_days=0,
    urges=0,
    supervised=False,
    reported=False,
    rehandled=0,
    hard=False,
    followed=0,
    solved="yes",
    satisfaction="satisfied",
)


def reasons(listed):
    return None if listed is None else [reason.code for reason in listed.reasons]


def test_what_went_as_it_should_is_on_no_list():
    assert exemplary(PLAIN, RULE) is None
    assert poor(PLAIN, RULE) is None


def test_quick_and_very_satisfied_is_an_example():
    one = replace(PLAIN, used=0.1, satisfaction="very_satisfied")
    assert reasons(exemplary(one, RULE)) == ["quick", "very_satisfied"]


def test_a_hard_one_that_was_solved_is_an_example_by_itself():
    assert reasons(exemplary(replace(PLAIN, hard=True), RULE)) == ["hard_one_solved"]


@pytest.mark.parametrize(
    "fault",
    [
        {"solved": "no"},
        {"solved": None},
        {"satisfaction": "dissatisfied"},
        {"late_days": 0.1},
        {"supervised": True},
        {"rehandled": 1},
    ],
)
def test_no_praise_where_there_is_a_fault(fault):
    praised = replace(PLAIN, used=0.1, satisfaction="very_satisfied", hard=True)
    one = replace(praised, **fault)
    assert exemplary(one, RULE) is None


def test_supervision_alone_is_enough_and_more_weighs_more():
    lone = poor(replace(PLAIN, supervised=True), RULE)
    worse = poor(replace(PLAIN, supervised=True, late_days=2, urges=3, rehandled=1), RULE)
    assert reasons(lone) == ["supervised"]
    assert reasons(worse) == ["supervised", "late", "urged_often", "went_back"]
    assert worse.weight > lone.weight


def test_one_small_fault_is_not_enough():
    assert poor(replace(PLAIN, late_days=0.5), RULE) is None


def test_a_city_says_what_counts_and_from_which_weight_on():
    late = replace(PLAIN, late_days=0.5, urges=3)
    strict = replace(RULE, enough=1, urges=4)
    assert reasons(poor(late, strict)) == ["late"]
    deaf = replace(RULE, weights={**RULE.weights, "late": 0})
    assert poor(late, deaf) is None
    quick = replace(PLAIN, used=0.4, hard=True)
    assert reasons(exemplary(quick, RULE)) == ["hard_one_solved"]
    slack = replace(RULE, quick_percent=40)
    assert reasons(exemplary(quick, slack)) == ["quick", "hard_one_solved"]
