"""The diagram in the documentation is the table that the service works by."""

from pathlib import Path

from api.domain.lifecycle import TABLE, CaseState
from solvefirst.documents.lifecycle import PAGE, page

ROOT = Path(__file__).parents[3]


def test_the_page_is_current():
    assert (ROOT / PAGE).read_text("utf-8") == page(), "run: solvefirst lifecycle"


def test_every_state_and_move_is_on_it():
    printed = page()
    for state in CaseState:
        assert f' {state}" as {state}\n' in printed
    assert all(f"`{move}` |" in printed for move in TABLE)


def test_a_side_state_leads_back_to_each_state_that_it_is_entered_from():
    printed = page()
    for state in ("processing", "rehandling", "submitted"):
        assert f"supplement --> {state}:" in printed
    assert "supplement --> dispatched" not in printed
