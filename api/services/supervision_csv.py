"""Units' records and circulars as tables for a spreadsheet."""

from collections.abc import Iterable, Sequence

from api.contract.supervision import Circular, UnitRecords
from api.contract.wire import Names, Reason
from api.services.figures_csv import table_csv

RECORD = ("clocks", "overdue", "warned", "urged", "supervised", "reported")
"""What is counted of a unit, in the order of the columns."""


def records_csv(records: UnitRecords, language: str) -> bytes:
    """Write the records of units, a unit a line."""
    return table_csv(
        ("code", "unit", *RECORD),
        (
            (
                one.unit.code,
                one.unit.names.in_language(language),
                *(getattr(one, column) for column in RECORD),
            )
            for one in records.items
        ),
    )


def circular_csv(circular: Circular, language: str) -> bytes:
    """Write a circular, a case a line; a reason is its code with what it counted."""
    head = ("number", "unit", "category", "weight", "reasons")
    rows: Iterable[Sequence[str | int]] = (
        (
            one.number,
            one.unit.names.in_language(language),
            one.category.names.in_language(language),
            one.weight,
            "; ".join(_reason(reason, language) for reason in one.reasons),
        )
        for one in circular.items
    )
    return table_csv(head, rows)


def _reason(reason: Reason, language: str) -> str:
    values = (
        value.in_language(language) if isinstance(value, Names) else value
        for value in reason.params.values()
    )
    return " ".join((reason.code, *values))
