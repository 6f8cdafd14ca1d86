"""What the world outside is told, and how patiently."""

from datetime import timedelta
from typing import get_args

import pytest
from some_case import NOW

from api.contract import events as wire
from api.domain.cases.events import NEXT, TYPES, NewEvent
from api.domain.lifecycle import OPEN, Move
from api.webhooks.rules import concerns
from api.webhooks.store.deliveries import BACKOFF


def news(type_: str, *, known: bool = False) -> NewEvent:
    return NewEvent(type_, NOW, "cnv_1", "case", {}, known=known)


def test_every_move_has_an_event_but_the_one_that_asks_the_survey():
    assert set(TYPES) == set(Move) - {Move.ASK_SURVEY}


def test_the_contract_names_every_next_step():
    assert set(NEXT.values()) == set(get_args(wire.NextStep))
    assert set(NEXT) <= OPEN


@pytest.mark.parametrize(
    ("types", "type_", "wanted"),
    [
        ((), "case.closed", True),
        (("case.*",), "case.closed", True),
        (("case.closed",), "case.closed", True),
        (("case.closed",), "case.closed_again", False),
        (("survey.*", "case.replied"), "case.closed", False),
    ],
)
def test_a_filter_names_types_or_all_of_a_sort(types, type_, wanted):
    assert concerns(news(type_), types, trusted=True) is wanted
    assert concerns(news(type_), types, trusted=False) is wanted


def test_what_was_said_to_a_leader_goes_to_our_own_side_alone():
    assert concerns(news("live.said"), (), trusted=True)
    assert not concerns(news("live.said"), (), trusted=False)
    assert not concerns(news("live.said"), ("live.*",), trusted=False)


def test_our_own_side_is_spared_what_the_citizen_knows_and_others_are_not():
    assert not concerns(news("case.dispatched", known=True), (), trusted=True)
    assert concerns(news("case.dispatched", known=True), (), trusted=False)


def test_deliveries_are_tried_ever_more_slowly_up_to_once_an_hour():
    waits = [BACKOFF.wait(attempt) for attempt in range(1, 15)]
    assert waits[:3] == [timedelta(seconds=2), timedelta(seconds=4), timedelta(seconds=8)]
    assert waits == sorted(waits)
    assert BACKOFF.wait(10_000_000) == timedelta(hours=1)
