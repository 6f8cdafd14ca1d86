"""Show `/console/figures`: rates and figures as a chart and a table."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from nicegui.element import Element

from api.console.context import ROOT
from api.console.drawing import Canvas, draw
from api.console.frame import frame
from api.console.nodes import node, slot
from api.console.view import choices, wording
from api.console.view.choices import Group
from api.console.view.dates import day
from api.console.visit import Visit
from api.contract.figures.figures import CaseFigures, FiguresRow
from api.figures.pages.chart import MEASURES, chart, name_of, shown
from api.figures.pages.heading import Table, follow_field, heading
from api.figures.rules import Grouping, Period, PeriodInvalid
from api.figures.service.figures import FiguresQuery, read_figures
from api.figures.service.spreadsheets import RATES, figures_csv
from api.people.rules.actor import Role
from api.people.rules.staff import Staff
from kernel.clock import SHANGHAI

_WAY = "nav_figures"


class FiguresScreen:
    """The page of one visitor."""

    def __init__(self, visit: Visit, staff: Staff) -> None:
        self._visit = visit
        self._staff = staff
        self._shown: object = None
        self._summary: Canvas
        self._chart: Element
        self._table: Canvas

    async def build(self) -> None:
        """Build the page.

        Raises:
            Forbidden: the role sees no figures.
        """
        visit = self._visit
        found = await self._read()
        with frame(visit, self._staff, visit.say("figures_title"), _WAY):
            heading(visit, "figures", self._csv)
            self._filters()
            self._summary = Canvas()
            self._chart = slot()
            self._table = Canvas()
        self._draw(found)

    async def _read(self) -> CaseFigures:
        visit, context = self._visit, self._visit.context
        actor = await visit.actor()
        try:
            return await context.database.read(read_figures, context.desk, actor, self._asked())
        except PeriodInvalid:
            if not self._shown:  # an invalid address: use the default period
                visit.query = {**visit.query, "since": "", "until": ""}
                return await self._read()
            raise

    def _asked(self) -> FiguresQuery:
        """Parse the query of the address; invalid values get the default: this month."""
        query = self._visit.query
        today = self._visit.context.desk.clock.now().astimezone(SHANGHAI).date()
        since, until = day(query.get("since")), day(query.get("until"))
        by = query.get("by")
        return FiguresQuery(
            Period(since or (until or today).replace(day=1), until or today),
            Grouping(by) if by in set(Grouping) else Grouping.UNIT,
            query.get("unit") or None,
            query.get("category") or None,
            query.get("place") or None,
        )

    async def _look(self) -> None:
        self._draw(await self._read())

    async def _csv(self) -> Table:
        visit, found = self._visit, await self._read()
        content = figures_csv(
            found, visit.language, lambda key: _heading(visit, key), visit.say("figures_total")
        )
        return f"figures-{found.by}-{found.since}-{found.until}.csv", content

    def _filters(self) -> None:
        visit, asked = self._visit, self._asked()
        with node("div", classes="filters", role="group", aria_label=visit.say("queue_filters")):
            for key, value in (("since", asked.period.since), ("until", asked.period.until)):
                with node("label", classes="check"):
                    node("span", visit.say(f"queue_{key}"))
                    box = node("input", type="date", value=value.isoformat())
                follow_field(visit, box, key, self._look)
            by = [(choice.value, visit.say(f"figures_by_{choice}")) for choice in Grouping]
            self._select("by", None, iter([("", by)]), asked.by.value)
            measures = [(measure, visit.say(f"figures_{measure}")) for measure in MEASURES]
            self._select("show", None, iter([("", measures)]), shown(visit.query))
            if self._staff.role is not Role.UNIT:
                self._select("unit", "queue_any_unit", choices.units(visit), asked.unit)
            categories = choices.whole_categories(visit)
            self._select("category", "queue_any_category", categories, asked.category)
            self._select("place", "queue_any_place", choices.places(visit), asked.place)

    def _select(
        self, key: str, any_key: str | None, groups: Iterator[Group], chosen: str | None
    ) -> None:
        visit = self._visit
        select = node("select", aria_label=visit.say(f"figures_field_{key}"))
        with select:
            if any_key is not None:
                node("option", visit.say(any_key), value="", selected=not chosen or None)
            for name, options in groups:
                with node("optgroup", label=name) if name else slot():
                    for value, words in options:
                        node("option", words, value=value, selected=value == chosen or None)
        follow_field(visit, select, key, self._look)

    def _draw(self, found: CaseFigures) -> None:
        seen = (found, dict(self._visit.query))
        if seen == self._shown:
            return
        self._shown = seen
        with self._summary.drawing():
            self._draw_summary(found)
        self._chart.clear()
        if found.rows:
            with self._chart:
                chart(self._visit, found)
        with self._table.drawing():
            self._draw_table(found)

    def _draw_summary(self, found: CaseFigures) -> None:
        visit, total = self._visit, found.total
        with draw("dl", classes="standing figures", data_key="summary"):
            _told(
                visit.say("figures_cases"),
                str(total.cases),
                visit.say(
                    "figures_before", n=total.cases_before, change=_change(visit, total.change)
                ),
            )
            for rate in RATES:
                value = getattr(total.rates, rate)
                _told(
                    visit.say(f"figures_{rate}"),
                    percent(visit, value.rate),
                    visit.say("figures_of", n=amount(value.numerator), of=value.denominator),
                )
            _told(
                visit.say("figures_average_days"),
                _days(visit, total.average_days),
                visit.say("figures_answered_of", n=total.answered),
            )
            fastest = visit.say("figures_none")
            if total.fastest_minutes is not None:
                fastest = wording.span(visit, timedelta(minutes=total.fastest_minutes))
            _told(visit.say("figures_fastest"), fastest, _days(visit, total.fastest_days))
            if found.duty is not None:
                _told(
                    visit.say("figures_duty", n=found.duty.sessions),
                    percent(visit, found.duty.rate),
                    visit.say("figures_of", n=found.duty.solved, of=found.duty.questions),
                )

    def _draw_table(self, found: CaseFigures) -> None:
        visit = self._visit
        if not found.rows:
            with draw("div", classes="nothing"):
                draw("img", src=f"{ROOT}/static/seal.svg", alt="", width="48", height="48")
                draw("h2", visit.say("figures_nothing"))
                draw("p", visit.say("figures_nothing_hint"))
            return
        days = _days_of(found)
        with (
            draw("div", classes="wide", tabindex="0", role="region", aria_label=days),
            draw("table", classes="queue figures"),
        ):
            draw("caption", visit.say("figures_caption", days=days))
            with draw("thead"), draw("tr"):
                draw("th", visit.say(f"figures_by_{found.by}"), scope="col")
                for key in MEASURES:
                    draw("th", visit.say(f"figures_{key}"), scope="col")
            with draw("tbody"):
                for row in (*found.rows, found.total):
                    name = visit.say("figures_total")
                    if row is not found.total:
                        name = name_of(visit, row)
                    self._draw_row(row, name)

    def _draw_row(self, row: FiguresRow, name: str) -> None:
        visit = self._visit
        with draw("tr"):
            draw("th", name, scope="row")
            with draw("td", str(row.cases)):
                change = _change(visit, row.change)
                draw("small", visit.say("figures_before", n=row.cases_before, change=change))
            for rate in RATES:
                value = getattr(row.rates, rate)
                with draw("td", percent(visit, value.rate)):
                    draw("small", f"{amount(value.numerator)} / {value.denominator}")
            with draw("td", _days(visit, row.average_days)):
                draw("small", visit.say("figures_answered_of", n=row.answered))


def percent(visit: Visit, rate: float | None) -> str:
    """Format a rate; or say that there is none."""
    return visit.say("figures_none") if rate is None else f"{rate:.2%}"


def amount(numerator: float) -> str:
    """Format a numerator, with its half if it has one."""
    return f"{numerator:g}" if numerator % 1 else f"{numerator:.0f}"


def _told(term: str, figure: str, more: str) -> None:
    with draw("div"):
        draw("dt", term)
        draw("dd", figure)
        draw("dd", more, "soft")


def _change(visit: Visit, change: float | None) -> str:
    return visit.say("figures_none") if change is None else f"{change:+.2%}"


def _days(visit: Visit, days: float | None) -> str:
    return visit.say("figures_none") if days is None else visit.say("figures_days", n=f"{days:g}")


def _days_of(found: CaseFigures) -> str:
    return f"{found.since} – {found.until}"


def _heading(visit: Visit, column: str) -> str:
    """Return the heading of a column of the exported table."""
    rate, _, part = column.rpartition("_")
    if rate in RATES:
        return visit.say("figures_part", rate=visit.say(f"figures_{rate}"), part=_part(visit, part))
    return visit.say(f"figures_column_{column}")


def _part(visit: Visit, part: str) -> str:
    names: Mapping[str, str] = {
        "numerator": visit.say("figures_numerator"),
        "denominator": visit.say("figures_denominator"),
        "rate": visit.say("figures_rate"),
    }
    return names[part]
