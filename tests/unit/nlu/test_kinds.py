"""A message that is surely a request is one, however its kinds share the probability."""

import numpy as np
import pytest

from nlu.kinds import MATTERS, Decision, act

LABELS = ("complaint", "consult", "help", "inform", "report", "urge")


def decide(**shares):
    place, confidence = Decision(LABELS).of(np.array([shares.get(label, 0.0) for label in LABELS]))
    return LABELS[place], pytest.approx(confidence)


def test_the_likeliest_kind_stands_for_all_with_their_sum():
    assert decide(complaint=0.3, help=0.28, report=0.2, inform=0.22) == ("complaint", 0.78)


def test_kinds_together_win_over_another_intent_that_leads_alone():
    assert decide(urge=0.4, help=0.3, complaint=0.25, inform=0.05) == ("help", 0.55)


def test_another_intent_wins_over_kinds_that_are_less_likely_together():
    assert decide(inform=0.5, help=0.3, complaint=0.2) == ("inform", 0.5)


def test_a_question_is_no_matter_and_stands_alone():
    assert "consult" not in MATTERS
    assert decide(consult=0.45, complaint=0.3, help=0.25) == ("complaint", 0.55)
    assert decide(consult=0.6, complaint=0.2, help=0.2) == ("consult", 0.6)


def test_without_any_kind_the_best_label_is_taken():
    assert Decision(("greet", "thank")).of(np.array([0.2, 0.8])) == (1, pytest.approx(0.8))


def test_kinds_lead_to_one_act_and_others_to_their_own():
    assert {act(matter) for matter in MATTERS} == {"matter"}
    assert act("urge") == "urge"
