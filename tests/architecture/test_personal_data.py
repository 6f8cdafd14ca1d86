"""Every column of every table says what it holds of a person, whose it is, and until when."""

import re
from pathlib import Path

import pytest

from kernel.privacy.personal import Term, held, table_of, undeclared
from solvefirst.documents.personal_data import PAGE, STORES, page
from solvefirst.settings import Settings

ROOT = Path(__file__).parents[2]
MADE = re.compile(r"= Table\((?:\s*#.*\n)*\s*\"(\w+)\"")


@pytest.mark.parametrize("store", STORES)
def test_every_column_is_declared(store):
    assert STORES[store].tables
    assert undeclared(STORES[store]) == [], (
        "say what the column holds, in kernel.privacy.personal's words"
    )


def test_every_table_of_the_product_is_looked_at():
    made = {
        name
        for room in ("kernel", "bot", "api")
        for path in (ROOT / room).rglob("*.py")
        if "migrations" not in path.parts
        for name in MADE.findall(path.read_text(encoding="utf-8"))
    }
    known = {name for store in STORES.values() for name in store.tables}
    assert len(made) > 30
    assert made <= known


def test_every_period_of_a_term_is_a_setting():
    tables = [table for store in STORES.values() for table in store.sorted_tables]
    terms = [table_of(table).until for table in tables]
    terms += [declared.until for _, declared in held(tables)]
    named = {
        term.period for term in terms if isinstance(term, Term) and isinstance(term.period, str)
    }
    assert named == set(Settings(_env_file=None).periods)


def test_the_page_says_what_the_tables_say():
    assert (ROOT / PAGE).read_text(encoding="utf-8") == page(), "run solvefirst personal-data"
