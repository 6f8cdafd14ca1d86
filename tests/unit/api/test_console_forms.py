from datetime import datetime

import pytest

from api.console.view.forms import Widget, form_of, values_of
from api.domain.lifecycle import TABLE, Move
from api.people.rules.actor import Role
from api.people.rules.staff import STAFF_ROLES
from kernel.clock import SHANGHAI


@pytest.mark.parametrize(
    "move", [move for move, row in TABLE.items() if row.roles & set(STAFF_ROLES) and row.sources]
)
def test_every_move_of_staff_has_a_form(move):
    form = form_of(move)
    assert form is not None
    if TABLE[move].needs_reason:
        assert [field.required for field in form.fields if field.key == "reason"] == [True]


def test_a_form_asks_for_what_the_order_takes():
    reject = form_of(Move.REJECT)
    assert {field.key: (field.widget, field.required) for field in reject.fields} == {
        "exclusion": (Widget.LINE, True),
        "reason": (Widget.WORDS, True),
    }
    assert form_of(Move.ACCEPT).fields == ()
    assert form_of(Move.SUBMIT) is None


def test_what_was_left_empty_is_left_out_and_a_moment_is_the_citys():
    fields = form_of(Move.DISPATCH).fields
    assert values_of(fields, {"unit": " WORKS ", "reason": "  ", "role": "admin"}) == {
        "unit": "WORKS"
    }
    contacted = [
        item
        for move, row in TABLE.items()
        if row.roles & {Role.UNIT} and (form := form_of(move))
        for item in form.fields
        if item.widget is Widget.MOMENT
    ]
    for field in contacted:
        read = values_of([field], {field.key: "2026-03-02T09:30"})[field.key]
        assert read == datetime(2026, 3, 2, 9, 30, tzinfo=SHANGHAI)
        assert values_of([field], {field.key: "soon"}) == {field.key: "soon"}
