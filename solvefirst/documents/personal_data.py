"""Write `docs/personal-data.md` from the tables' declarations."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from sqlalchemy import MetaData, Table

import api.tables
import bot.store.tables
import kernel.jobs.tables
from bot.dialogue.engine import rasa_trackers
from kernel.privacy.personal import AUDITED, Fate, Owner, Term, held, log_names, table_of

PAGE = Path("docs/personal-data.md")

STORES: dict[str, MetaData] = {
    "the citizen's side": bot.store.tables.metadata,
    "the case service": api.tables.TABLES[0].metadata,
    "jobs": kernel.jobs.tables.METADATA,
    "Rasa's tracker store": rasa_trackers.EVENTS.metadata,
}
"""All tables of the product, by their owner."""

_HEAD = """# Personal data: what is kept, whose, until when

Printed by `solvefirst personal-data` from the declarations beside the columns
([`kernel/privacy/personal.py`](../kernel/privacy/personal.py)). Retention, erasure, the records of
a citizen's export and the names that logs hide are generated from the same declarations; a column
that is not declared fails the tests.

- **words**: what somebody said or wrote, or what repeats it. **contact**: where somebody is
  reached. **identity**: who somebody is. **reporter**: who stands behind a report.
- *erased*: what happens when its owner asks to be forgotten. An open case keeps its words until it
  ends; numbers, categories, places and moves stay as figures.
- *exported*: in a view (a case, a talk, a transcript), as a record, or not (it repeats something
  else, or is not the citizen's).
- *views noted*: the audit keeps who of the staff was shown it, and when.
- Every column that is not listed holds nothing of a person. All listed ones whose name ends in
  `_sealed`, and all of the citizen's side, are encrypted.

"""
_TABLE = """
| column | holds | whose | until | erased | exported | views noted |
|---|---|---|---|---|---|---|
"""


def page() -> str:
    """Write the whole page."""
    parts = [_HEAD]
    for name, store in STORES.items():
        rows = "".join(_rows(store))
        if rows:
            parts.append(f"## In {name}\n{_TABLE}{rows}\n")
    parts.append("## Rows that go as a whole\n\n| table | with | after |\n|---|---|---|\n")
    parts += [row for store in STORES.values() for row in _whole(store)]
    names = ", ".join(f"`{name}`" for name in sorted(hidden_in_logs()))
    parts.append(f"\n## Fields that logs hide\n\n{names}\n")
    return "".join(parts)


def hidden_in_logs() -> frozenset[str]:
    """Return the names of log fields with personal data."""
    return log_names(_tables())


def _tables() -> list[Table]:
    return [table for store in STORES.values() for table in store.sorted_tables]


def _rows(store: MetaData) -> Iterator[str]:
    for column, holding in held(store.sorted_tables):
        until = _term(holding.until) if isinstance(holding.until, Term) else holding.until
        erased = f"{holding.erased}: {holding.why}" if holding.why else str(holding.erased)
        citizens = not any(owner.kind == "staff" for owner in holding.of)
        noted = "yes" if holding.what in AUDITED and citizens else "no"
        cells = (
            f"`{column}`",
            holding.what,
            _owners(holding.of),
            until,
            erased,
            holding.copied,
            noted,
        )
        yield f"| {' | '.join(cells)} |\n"


def _whole(store: MetaData) -> Iterator[str]:
    for table in store.sorted_tables:
        declared = table_of(table)
        of = [*declared.of]
        of += [o for _, holding in held([table]) if holding.erased is Fate.ROW for o in holding.of]
        if of or declared.until is not None:
            until = _term(declared.until) if declared.until is not None else "–"
            yield f"| `{table.name}` | {_owners(tuple(of)) or '–'} | {until} |\n"


def _owners(owners: tuple[Owner, ...]) -> str:
    return ", ".join(dict.fromkeys(f"{owner.kind} (`{owner.column}`)" for owner in owners))


def _term(term: Term) -> str:
    if isinstance(term.period, timedelta):
        hours = term.period.total_seconds() / 3600
        period = f"{hours / 24:g} days" if hours >= 48 else f"{hours:g} h"
    else:
        period = f"`SOLVEFIRST_{term.period.upper()}`"
    since = "the talk's end" if term.since.startswith("(SELECT ended_at") else f"`{term.since}`"
    since = "the last message" if term.since.startswith("(SELECT max") else since
    unless = ", once it is delivered" if "pending" in term.unless else ""
    return f"{period} after {since}{unless}"
