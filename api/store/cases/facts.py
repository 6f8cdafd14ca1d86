"""Repository of facts of cases, updated with every move."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import RowMapping, bindparam, select

from api.catalogue.rules.categories import RequestKind
from api.domain.cases.case import Case
from api.domain.cases.facts import SILENT, Facts, Measures, after, begin
from api.domain.cases.standing import Entry
from api.domain.lifecycle import Move
from api.store.cases.facts_tables import case_facts
from kernel.database.transaction import Transaction

_ADD = case_facts.insert()
_LAST = (
    select(case_facts)
    .where(case_facts.c.number == bindparam("of_number"))
    .order_by(case_facts.c.tenure.desc())
    .limit(1)
)
_COLUMNS = tuple(field.name for field in fields(Facts))
_KEYS = ("number", "tenure")
_SAVE = (
    case_facts.update()
    .where(*(case_facts.c[key] == bindparam(f"of_{key}") for key in _KEYS))
    .values({name: bindparam(name) for name in _COLUMNS if name not in _KEYS})
)


class FactsOfCases:
    """The facts of one transaction."""

    def __init__(self, tx: Transaction, measures: Measures) -> None:
        self._tx = tx
        self._measures = measures

    def note(self, case: Case, entries: Sequence[Entry]) -> None:
        """Update the facts by new entries of a case: one statement, or two with a read."""
        if all(entry.move in SILENT for entry in entries):
            return
        if entries[0].move is Move.SUBMIT:
            place = case.matter.place
            district, street = (place.district, place.street) if place else (None, None)
            new = begin(case, district, street)
            for row in after(new, case, entries, self._measures):
                self._tx.execute(_ADD, _written(row))
            return
        known = self._tx.execute(_LAST, {"of_number": case.number}).mappings().first()
        if known is None:
            return
        old = _read(known)
        for row in after(old, case, entries, self._measures):
            if row.tenure > old.tenure:
                self._tx.execute(_ADD, _written(row))
            elif row != old:
                self._tx.execute(
                    _SAVE, _written(row) | {"of_number": row.number, "of_tenure": row.tenure}
                )


def _written(facts: Facts) -> dict[str, object]:
    return {name: getattr(facts, name) for name in _COLUMNS}


def _read(row: RowMapping) -> Facts:
    known: dict[str, Any] = {name: row[name] for name in _COLUMNS}
    known["kind"] = RequestKind(known["kind"])
    return Facts(**known)
