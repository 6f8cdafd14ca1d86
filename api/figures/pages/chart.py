"""Draw the chart of the figures: one measure of the groups with the most cases, or by day.

The table below has the same values, so the chart is not needed to read a figure. Screen readers get
its description and skip it.
"""

from collections.abc import Mapping
from typing import Any

from nicegui import ui

from api.console.nodes import node
from api.console.visit import Visit
from api.contract.figures.figures import CaseFigures, FiguresRow
from api.figures.service.spreadsheets import RATES

MEASURES = ("cases", *RATES, "average_days")
"""The measures, in the order of the table's columns."""

_MOST_BARS = 15
_INK, _LINE = "#23302f", "#d9d5ca"
_NOW, _BEFORE = "#1d5c63", "#c9b899"


def shown(query: Mapping[str, str]) -> str:
    """Return the measure in the address."""
    measure = query.get("show", "")
    return measure if measure in MEASURES else MEASURES[0]


def chart(visit: Visit, found: CaseFigures) -> None:
    """Draw the chart."""
    measure = shown(visit.query)
    rows = _rows(found)
    title = visit.say(f"figures_{measure}")
    with node("figure", classes="chart"):
        drawn = ui.echart(options(visit, found, rows, measure))
        timely = found.by in {"day", "month"}
        drawn.style(f"height: {22 if timely else 6 + 2 * len(rows)}rem")
        drawn.props["role"] = "img"
        drawn.props["aria-label"] = visit.say("figures_chart", measure=title)


def options(
    visit: Visit, found: CaseFigures, rows: list[FiguresRow], measure: str
) -> dict[str, Any]:
    """Make the options for ECharts: bars, or a line for times."""
    timely = found.by in {"day", "month"}
    names = [name_of(visit, row) for row in rows]
    value = [_value(row, measure) for row in rows]
    series: list[dict[str, Any]] = [_series(visit.say("figures_now"), value, _NOW, timely=timely)]
    if measure == "cases":
        before = [row.cases_before for row in rows]
        series.append(_series(visit.say("figures_year_before"), before, _BEFORE, timely=timely))
    groups = {
        "type": "category",
        "data": names,
        "inverse": not timely,
        "axisLabel": {"color": _INK, "width": 190, "overflow": "truncate"},
    }
    figures = {
        "type": "value",
        "minInterval": 1 if measure == "cases" else 0,
        "splitLine": {"lineStyle": {"color": _LINE}},
        "axisLabel": {"color": _INK, "formatter": "{value} %" if measure in RATES else "{value}"},
    }
    return {
        "aria": {"enabled": True},
        "animation": False,
        "grid": {"left": 8, "right": 24, "top": 36, "bottom": 8, "containLabel": True},
        "legend": {"top": 0, "left": 0, "textStyle": {"color": _INK}},
        "tooltip": {"trigger": "axis", "confine": True, "renderMode": "richText"},
        "xAxis": groups if timely else figures,
        "yAxis": figures if timely else groups,
        "series": series,
    }


def _series(name: str, values: list[Any], colour: str, *, timely: bool) -> dict[str, Any]:
    return {
        "name": name,
        "type": "line" if timely else "bar",
        "data": values,
        "barMaxWidth": 18,
        "itemStyle": {"color": colour},
    }


def _rows(found: CaseFigures) -> list[FiguresRow]:
    rows = list(found.rows)
    return rows if found.by in {"day", "month"} else rows[:_MOST_BARS]


def _value(row: FiguresRow, measure: str) -> float | None:
    if measure in RATES:
        rate: float | None = getattr(row.rates, measure).rate
        return None if rate is None else round(rate * 100, 2)
    value: float | None = getattr(row, measure)
    return value


def name_of(visit: Visit, row: FiguresRow) -> str:
    """Return a row's name: from the catalogue, else its code or its days."""
    if row.names is not None:
        return visit.name(row.names)
    return row.key or visit.say("figures_unknown")
