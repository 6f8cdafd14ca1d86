"""Show `/console/supervision`: cases that need attention (督查督办), and the results.

It shows the steps on cases, newest first; the candidates of the month's joint review; the circulars
of exemplary and poor cases; the records of units. The address selects the view.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from nicegui.element import Element

from api.console.context import ROOT
from api.console.drawing import Canvas, draw
from api.console.frame import frame
from api.console.nodes import node, slot
from api.console.view.dates import day
from api.console.visit import Visit
from api.contract.cases.together import CandidatePage
from api.contract.figures.supervision import Circular, Escalations, UnitRecords
from api.errors import CursorInvalid, MonthInvalid
from api.figures.pages.heading import Table, follow_field, heading
from api.figures.pages.lists import draw_found
from api.figures.rules import Period, PeriodInvalid
from api.figures.service.spreadsheets import circular_csv, records_csv
from api.figures.service.supervision import read_circular, read_marks, read_records, read_steps
from api.people.rules.actor import Actor, Role
from api.people.rules.staff import Staff
from api.services.desk import ServiceDesk
from api.services.joint.review import candidates
from kernel.clock import SHANGHAI
from kernel.database.transaction import Transaction

_WAY = "nav_supervision"
_PAGE = 25
_VIEWS = ("steps", "candidates", "exemplary", "poor", "units")
_OF_DAYS = frozenset({"exemplary", "poor", "units"})
"""Views with a period of days; the candidates have a month, the steps are the newest."""


@dataclass(frozen=True, slots=True)
class _Asked:
    view: str
    after: str | None
    month: str
    period: Period


@dataclass(frozen=True, slots=True)
class _Seen:
    marks: Mapping[str, int]
    found: Escalations | CandidatePage | Circular | UnitRecords


def _read(tx: Transaction, desk: ServiceDesk, actor: Actor, asked: _Asked) -> _Seen:
    marks = read_marks(tx, desk, actor)
    match asked.view:
        case "candidates":
            return _Seen(marks, candidates(tx, desk, actor, asked.month))
        case "exemplary" | "poor" as of:
            return _Seen(marks, read_circular(tx, desk, actor, of, asked.period))
        case "units":
            return _Seen(marks, read_records(tx, desk, actor, asked.period))
    return _Seen(marks, read_steps(tx, desk, actor, cursor=asked.after, limit=_PAGE))


class SupervisionScreen:
    """The page of one visitor."""

    def __init__(self, visit: Visit, staff: Staff) -> None:
        self._visit = visit
        self._staff = staff
        self._shown: object = None
        self._marks: Canvas
        self._tabs: Canvas
        self._filters: Element
        self._list: Canvas

    async def build(self) -> None:
        """Build the page.

        Raises:
            Forbidden: the role reads no cases.
        """
        visit = self._visit
        seen = await self._read()
        with frame(visit, self._staff, visit.say("supervision_title"), _WAY):
            exported = self._asked().view in _OF_DAYS
            heading(visit, "supervision", self._csv if exported else None)
            self._marks = Canvas()
            self._tabs = Canvas()
            self._filters = slot()
            self._list = Canvas()
        with self._tabs.drawing():
            self._draw_tabs()
        with self._filters:
            self._draw_filters()
        self._draw(seen)
        visit.keep_up(self._look)

    async def _read(self) -> _Seen:
        """Read the requested data; an invalid address shows the defaults."""
        visit, context = self._visit, self._visit.context
        actor = await visit.actor()
        try:
            return await context.database.read(_read, context.desk, actor, self._asked())
        except (CursorInvalid, MonthInvalid, PeriodInvalid):
            if self._shown is not None:
                raise
            visit.query = {"view": self._asked().view}
            return await context.database.read(_read, context.desk, actor, self._asked())

    def _asked(self) -> _Asked:
        query = self._visit.query
        today = self._visit.context.desk.clock.now().astimezone(SHANGHAI).date()
        since, until = day(query.get("since")), day(query.get("until"))
        view = query.get("view")
        return _Asked(
            view if view in self._views() else _VIEWS[0],
            query.get("after") or None,
            query.get("month") or f"{today:%Y-%m}",
            Period(since or (until or today).replace(day=1), until or today),
        )

    def _views(self) -> tuple[str, ...]:
        """Return the views of the role; only the hotline sees the month's candidates."""
        hidden = "candidates" if self._staff.role is Role.UNIT else None
        return tuple(view for view in _VIEWS if view != hidden)

    async def _look(self) -> None:
        self._draw(await self._read())

    def _draw(self, seen: _Seen) -> None:
        if seen == self._shown:
            return
        self._shown = seen
        with self._marks.drawing():
            self._draw_marks(seen.marks)
        now = self._visit.context.desk.clock.now()
        with self._list.drawing():
            draw_found(self._visit, seen.found, now)

    def _draw_marks(self, marks: Mapping[str, int]) -> None:
        """Draw the numbers of open cases that need attention, each a link to the queue."""
        visit = self._visit
        with draw("ul", classes="tiles", aria_label=visit.say("supervision_marks")):
            for key, n in marks.items():
                way = "/together" if key == "assessment" else f"/cases?{key}=1"
                with draw("li"), draw("a", href=ROOT + way, data_key=f"mark {key}"):
                    draw("b", str(n), "" if n else "soft")
                    draw("span", visit.say(f"supervision_{key}"))

    def _draw_tabs(self) -> None:
        visit, chosen = self._visit, self._asked().view
        with draw("nav", classes="tabs", aria_label=visit.say("supervision_views")):
            for view in self._views():
                draw(
                    "a",
                    visit.say(f"supervision_{view}"),
                    href=visit.address({"view": view, "after": None}),
                    aria_current="true" if view == chosen else None,
                    data_key=f"tab {view}",
                )

    def _draw_filters(self) -> None:
        visit, asked = self._visit, self._asked()
        if asked.view == "steps":
            return
        with node("div", classes="filters", role="group", aria_label=visit.say("queue_filters")):
            if asked.view == "candidates":
                self._day("month", visit.say("supervision_month"), asked.month)
                return
            for key, value in (("since", asked.period.since), ("until", asked.period.until)):
                self._day(key, visit.say(f"queue_{key}"), value.isoformat())

    def _day(self, key: str, words: str, value: str) -> None:
        kind = "month" if key == "month" else "date"
        with node("label", classes="check"):
            node("span", words)
            box = node("input", type=kind, value=value, name=key)
        follow_field(self._visit, box, key, self._look)

    async def _csv(self) -> Table | None:
        language, view = self._visit.language, self._asked().view
        match (await self._read()).found:
            case Circular() as found:
                content = circular_csv(found, language)
            case UnitRecords() as found:
                content = records_csv(found, language)
            case _:
                return None
        return f"{view}-{found.since}-{found.until}.csv", content
