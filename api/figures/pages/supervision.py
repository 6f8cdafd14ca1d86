"""Show `/console/supervision`: cases that need attention (督查督办), and the results.

It shows the steps on cases, newest first; the candidates of the month's joint review; the circulars
of exemplary and poor cases; the records of units. The address selects the view.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from nicegui import ui
from nicegui.element import Element
from nicegui.events import GenericEventArguments

from api.console.context import ROOT
from api.console.drawing import Canvas, draw
from api.console.frame import frame
from api.console.nodes import node, slot
from api.console.view import wording
from api.console.view.dates import day
from api.console.visit import Visit
from api.contract.cases.together import CandidateOut, CandidatePage
from api.contract.figures.supervision import Circular, Escalations, UnitRecords
from api.errors import CursorInvalid, MonthInvalid
from api.figures.rules import Period, PeriodInvalid
from api.figures.service.spreadsheets import RECORD, circular_csv, records_csv
from api.figures.service.supervision import read_circular, read_marks, read_records, read_steps
from api.people.rules.actor import Actor, Role
from api.people.rules.staff import Staff
from api.services.desk import ServiceDesk
from api.services.joint.review import candidates
from kernel.clock import SHANGHAI
from kernel.database.transaction import Transaction

_WAY = "nav_supervision"
_PAGE = 25
_CHANGED = "(e) => emit(e.target.value)"
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
            with node("div", classes="title"):
                with node("div"):
                    node("h1", visit.say("supervision_title"))
                    node("p", visit.say("supervision_hint"), "soft")
                if self._asked().view in _OF_DAYS:
                    export = node("button", visit.say("figures_export"), "quiet", type="button")
                    export.on("click", self._export)
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
            match seen.found:
                case Escalations() as steps:
                    self._draw_steps(steps, now)
                case CandidatePage() as page:
                    self._draw_candidates(page)
                case Circular() as circular:
                    self._draw_circular(circular)
                case UnitRecords() as records:
                    self._draw_records(records)

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
        box.on("change", self._go(key), js_handler=_CHANGED)

    def _go(self, key: str) -> Callable[[GenericEventArguments], Awaitable[None]]:
        """Make the handler that shows other days without a reload."""

        async def changed(event: GenericEventArguments) -> None:
            visit = self._visit

            async def go() -> None:
                value = event.args[:64] if isinstance(event.args, str) else ""
                kept = {**visit.query, key: value}
                visit.query = {
                    name: content for name, content in kept.items() if content and name != "lang"
                }
                visit.follow(visit.address({}))
                await self._look()

            await visit.attempt(go)

        return changed

    async def _export(self) -> None:
        visit = self._visit

        async def export() -> None:
            match (await self._read()).found:
                case Circular() as found:
                    content = circular_csv(found, visit.language)
                case UnitRecords() as found:
                    content = records_csv(found, visit.language)
                case _:
                    return
            name = f"{self._asked().view}-{found.since}-{found.until}.csv"
            with visit.client:
                ui.download.content(content, name, "text/csv")

        await visit.attempt(export)

    def _nothing(self, key: str) -> None:
        visit = self._visit
        with draw("div", classes="nothing"):
            draw("img", src=f"{ROOT}/static/seal.svg", alt="", width="48", height="48")
            draw("h2", visit.say(f"supervision_no_{key}"))
            draw("p", visit.say(f"supervision_no_{key}_hint"))

    def _table(self, *columns: str) -> None:
        with draw("thead"), draw("tr"):
            for column in columns:
                draw("th", self._visit.say(f"supervision_column_{column}"), scope="col")

    def _case(self, number: str) -> None:
        with draw("th", scope="row"):
            draw("a", number, href=f"{ROOT}/cases/{number}", data_key=number)

    def _draw_steps(self, steps: Escalations, now: datetime) -> None:
        visit = self._visit
        if not steps.items:
            self._nothing("steps")
        else:
            with draw("table", classes="queue"):
                self._table("case", "step", "unit", "why", "at")
                with draw("tbody"):
                    for item in steps.items:
                        with draw("tr"):
                            self._case(item.number)
                            with draw("td"):
                                draw("span", visit.say(f"step_{item.step}"), f"state {item.step}")
                            holder = visit.say("holder_hotline")
                            draw("td", visit.name(item.unit.names) if item.unit else holder)
                            with draw("td"):
                                if item.clock is not None and item.due_at is not None:
                                    until = wording.moment(visit, item.due_at, now)
                                    draw("span", visit.say(f"clock_{item.clock}"))
                                    draw("small", visit.say("supervision_due", until=until))
                                else:
                                    role = visit.say_or(f"role_{item.by}", item.by)
                                    draw("span", visit.say("supervision_by", role=role))
                            draw("td", wording.moment(visit, item.at, now), "figures")
        if steps.next or visit.query.get("after"):
            self._draw_pager(steps.next)

    def _draw_pager(self, following: str | None) -> None:
        visit = self._visit
        with draw("nav", classes="pager", aria_label=visit.say("pages")):
            ways = (
                ("page_first", visit.query.get("after"), None),
                ("page_after", following, following),
            )
            for key, there, after in ways:
                if there:
                    address = visit.address({"after": after})
                    draw("a", visit.say(key), href=address, data_key=key)
                else:
                    draw("span", visit.say(key), "soft")

    def _draw_candidates(self, page: CandidatePage) -> None:
        visit = self._visit
        if not page.items:
            self._nothing("candidates")
            return
        with draw("table", classes="queue loose"):
            self._table("matter", "reason", "cases")
            with draw("tbody"):
                for item in page.items:
                    with draw("tr"):
                        with draw("th", visit.name(item.category.names), scope="row"):
                            if item.place is not None:
                                draw("small", visit.name(item.place))
                        with draw("td"):
                            draw("span", visit.say(f"candidate_{item.why}"), "mark")
                            draw("small", self._counted(item))
                        with draw("td"), draw("ul", classes="numbers"):
                            for number in item.numbers:
                                with draw("li"):
                                    draw("a", number, href=f"{ROOT}/cases/{number}")
                            if len(item.numbers) > 1 and (rest := item.count - len(item.numbers)):
                                draw("li", visit.say("candidate_rest", n=rest), "soft")

    def _counted(self, candidate: CandidateOut) -> str:
        """Describe the count of a candidate."""
        if candidate.why == "repeated":
            back = len(candidate.numbers) == 1
            return self._visit.say(
                "candidate_back" if back else "candidate_again", n=candidate.count
            )
        return self._visit.say(f"candidate_{candidate.why}_counted", n=candidate.count)

    def _draw_circular(self, circular: Circular) -> None:
        visit = self._visit
        if not circular.items:
            self._nothing("circular")
            return
        with draw("table", classes="queue"):
            draw("caption", self._days(circular.since, circular.until))
            self._table("case", "matter", "unit", "reason")
            with draw("tbody"):
                for item in circular.items:
                    with draw("tr"):
                        self._case(item.number)
                        draw("td", visit.name(item.category.names))
                        draw("td", visit.name(item.unit.names))
                        with draw("td"), draw("ul"):
                            for because in item.reasons:
                                draw("li", wording.reason(visit, because))

    def _draw_records(self, records: UnitRecords) -> None:
        visit = self._visit
        if not records.items:
            self._nothing("units")
            return
        words = self._days(records.since, records.until)
        with (
            draw("div", classes="wide", tabindex="0", role="region", aria_label=words),
            draw("table", classes="queue figures"),
        ):
            draw("caption", words)
            self._table("unit", *RECORD)
            with draw("tbody"):
                for item in records.items:
                    with draw("tr"):
                        draw("th", visit.name(item.unit.names), scope="row")
                        for column in RECORD:
                            draw("td", str(getattr(item, column)))

    def _days(self, since: date, until: date) -> str:
        return self._visit.say("supervision_days", days=f"{since} – {until}")
