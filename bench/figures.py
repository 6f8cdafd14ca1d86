"""Compute percentiles, and make Markdown tables."""

import math
from collections.abc import Iterable, Sequence


def percentile(values: Iterable[float], share: float) -> float:
    """Return the smallest of the values that at least `share` of them do not exceed.

    Raises:
        ValueError: there are none.
    """
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no values")
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table; columns of figures are right-aligned."""
    lines = [[str(cell) for cell in row] for row in rows]
    numeric = [
        bool(lines) and all(_is_figure(line[column]) for line in lines)
        for column in range(len(head))
    ]
    return "\n".join(
        (
            _row(head),
            "|" + "|".join("---:" if right else "---" for right in numeric) + "|",
            *(_row(line) for line in lines),
        )
    )


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _is_figure(cell: str) -> bool:
    return not cell or cell[0].isdigit()
