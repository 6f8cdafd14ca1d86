"""Write figures, units' records and circulars as CSV for spreadsheets such as Excel.

The encoding is UTF-8 with a byte order mark, because Excel would misread Chinese without it. A name
that a spreadsheet would read as a formula is written as text, so that opening a file never runs
one.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence

from api.catalogue.rules.rates import RateName
from api.contract.figures.figures import CaseFigures, FiguresRow
from api.contract.figures.supervision import Circular, UnitRecords
from api.contract.wire import Names, Reason

_BOM = "\ufeff"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

RATES = tuple(name.value for name in RateName)
COLUMNS = (
    "key",
    "name",
    "cases",
    "cases_before",
    "change",
    *(f"{rate}_{part}" for rate in RATES for part in ("numerator", "denominator", "rate")),
    "answered",
    "average_days",
    "fastest_days",
    "fastest_minutes",
)
"""Columns of the table, in order."""

RECORD = ("clocks", "overdue", "warned", "urged", "supervised", "reported")
"""Counts of a unit, in the order of the columns."""


def figures_csv(
    figures: CaseFigures, language: str, heading: Callable[[str], str] = str, total: str = "total"
) -> bytes:
    """Write figures as CSV, the total last.

    Args:
        figures: the figures.
        language: the language of the names.
        heading: returns the heading of a column; by default its key.
        total: the name of the last line.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([_safe(heading(column)) for column in COLUMNS])
    for row in figures.rows:
        name = row.names.in_language(language) if row.names is not None else ""
        writer.writerow(_cells(row, row.key or "", name))
    writer.writerow(_cells(figures.total, "", total))
    return (_BOM + text.getvalue()).encode()


def records_csv(records: UnitRecords, language: str) -> bytes:
    """Write the records of units, one unit per line."""
    return _table(
        ("code", "unit", *RECORD),
        (
            (
                item.unit.code,
                item.unit.names.in_language(language),
                *(getattr(item, column) for column in RECORD),
            )
            for item in records.items
        ),
    )


def circular_csv(circular: Circular, language: str) -> bytes:
    """Write a circular as CSV, one row per case; a reason is a code and a count."""
    head = ("number", "unit", "category", "weight", "reasons")
    rows: Iterable[Sequence[str | int]] = (
        (
            item.number,
            item.unit.names.in_language(language),
            item.category.names.in_language(language),
            item.weight,
            "; ".join(_reason(reason, language) for reason in item.reasons),
        )
        for item in circular.items
    )
    return _table(head, rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str | int | float | None]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    for row in (head, *rows):
        writer.writerow([_safe(cell) if isinstance(cell, str) else cell for cell in row])
    return (_BOM + text.getvalue()).encode()


def _reason(reason: Reason, language: str) -> str:
    values = (
        value.in_language(language) if isinstance(value, Names) else value
        for value in reason.params.values()
    )
    return " ".join((reason.code, *values))


def _cells(row: FiguresRow, key: str, name: str) -> Iterator[str | int | float | None]:
    yield _safe(key)
    yield _safe(name)
    yield row.cases
    yield row.cases_before
    yield row.change
    for rate in RATES:
        value = getattr(row.rates, rate)
        yield from (value.numerator, value.denominator, value.rate)
    yield row.answered
    yield row.average_days
    yield row.fastest_days
    yield row.fastest_minutes


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
