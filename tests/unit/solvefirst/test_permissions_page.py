"""The table in the documentation is the table that the services ask."""

from pathlib import Path

from api.people.rules.permissions import PERMISSIONS, Action
from solvefirst.documents.permissions import PAGE, page

ROOT = Path(__file__).parents[3]


def test_the_page_is_current():
    assert (ROOT / PAGE).read_text("utf-8") == page(), "run: solvefirst permissions"


def test_each_action_has_a_row_in_the_table_and_on_the_page():
    assert set(PERMISSIONS) == set(Action)
    assert all(f"| `{action}` |" in page() for action in Action)
