"""Show `/console/cases`: the queue, with its filters in the address."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import datetime

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from api.console.context import ROOT
from api.console.drawing import Canvas, draw
from api.console.frame import frame
from api.console.nodes import link, node, slot
from api.console.view import choices, wording
from api.console.view.queue import FILTERS, PARTS, part_of, read_page, tabs, unit_of
from api.console.visit import Visit
from api.contract import CaseSummary
from api.domain.lifecycle import CaseState
from api.people.rules.actor import Role
from api.people.rules.staff import Staff
from api.services.cases.queue import QueuePage
from api.store.cases.queue import Flag

_WAY = "nav_cases"
_CHANGED = (
    "(e) => emit(e.target.type === 'checkbox' ? (e.target.checked ? '1' : '') : e.target.value)"
)
_SEARCHED = "(e) => { e.preventDefault(); emit(new FormData(e.target).get('q').trim()); }"


class QueueScreen:
    """The page of one visitor."""

    def __init__(self, visit: Visit, staff: Staff) -> None:
        self._visit = visit
        self._staff = staff
        self._own = unit_of(staff)
        self._shown: object = None
        self._tabs: Element
        self._table: Canvas
        self._pages: Element

    async def build(self) -> None:
        """Build the page.

        Raises:
            Forbidden: the role reads no cases.
        """
        visit = self._visit
        page = await self._read()
        with frame(visit, self._staff, visit.say("queue_title"), _WAY):
            with node("div", classes="title"):
                node("h1", visit.say("queue_title"))
                self._search()
            self._tabs = slot()
            self._filters()
            self._table = Canvas()
            self._pages = slot()
        self._draw(page)
        visit.keep_up(self._look)

    async def _read(self) -> QueuePage:
        return await read_page(self._visit, self._own)

    async def _look(self) -> None:
        self._draw(await self._read())

    def _draw(self, page: QueuePage) -> None:
        visit = self._visit
        now = visit.context.desk.clock.now()
        rows = [_row(visit, item, now, self._own) for item in page.items]
        seen = (page, rows, dict(visit.query))
        if seen == self._shown:
            return
        self._shown = seen
        self._tabs.clear()
        with self._tabs:
            self._draw_tabs(page)
        with self._table.drawing():
            self._draw_table(page, rows)
        self._pages.clear()
        if page.next or visit.query.get("after"):
            with self._pages:
                self._pager(page)

    def _go(self, **changes: str | None) -> Callable[[], Awaitable[None]]:
        """Make the handler that shows another view of the queue without a reload."""

        async def go() -> None:
            visit = self._visit
            visit.query = {
                key: value
                for key, value in {**visit.query, "after": None, **changes}.items()
                if value and key != "lang"
            }
            visit.follow(visit.address({}))
            await self._look()

        async def attempted() -> None:
            await self._visit.attempt(go)

        return attempted

    def _search(self) -> None:
        visit = self._visit
        form = node("form", classes="search", role="search")
        with form:
            node("label", visit.say("queue_search"), "unseen", for_="q")
            node(
                "input",
                id="q",
                name="q",
                type="search",
                placeholder=visit.say("queue_search"),
                title=visit.say("queue_search_hint"),
                value=visit.query.get("q"),
                maxlength="60",
                autocomplete="off",
                data_slash="",
            )
            node("button", visit.say("queue_find"), "quiet", type="submit")

        async def found(event: GenericEventArguments) -> None:
            await self._go(q=_text(event))()

        form.on("submit", found, js_handler=_SEARCHED)

    def _draw_tabs(self, page: QueuePage) -> None:
        visit = self._visit
        chosen = visit.query.get("state")
        with node("nav", classes="tabs", aria_label=visit.say("queue_states")):
            for state, n in tabs(visit, page, self._own):
                words = visit.say("queue_open") if state is None else wording.state(visit, state)
                self._tab(words, n, state, chosen)

    def _tab(self, words: str, n: int | None, state: CaseState | None, chosen: str | None) -> None:
        current = "true" if chosen == state else None
        tab = node(
            "a",
            classes="empty" if n == 0 else "",
            href=self._visit.address({"state": state, "after": None}),
            aria_current=current,
            data_key=f"tab {state}",
        )
        with tab:
            node("span", words)
            if n is not None:
                node("b", str(n))
        self._visit.stay(tab, self._go(state=state))

    def _filters(self) -> None:
        visit = self._visit
        with node("div", classes="filters", role="group", aria_label=visit.say("queue_filters")):
            if self._staff.role is not Role.UNIT:
                self._select("unit", "queue_any_unit", choices.units(visit))
            else:
                parts = [(part, visit.say(f"queue_part_{part}")) for part in PARTS]
                group = (visit.say("field_part"), parts)
                self._select("part", "queue_any_part", iter([group]))
            self._select("category", "queue_any_category", choices.whole_categories(visit))
            self._select("place", "queue_any_place", choices.places(visit))
            for key in ("since", "until"):
                self._day(key)
            for key in ("overdue", *Flag):
                self._check(key)

    def _check(self, key: str) -> None:
        visit = self._visit
        with node("label", classes="check"):
            box = node("input", type="checkbox", checked=visit.query.get(key) == "1" or None)
            node("span", visit.say(f"queue_{key}"))

        async def changed(event: GenericEventArguments) -> None:
            await self._go(**{key: _text(event)})()

        box.on("change", changed, js_handler=_CHANGED)

    def _day(self, key: str) -> None:
        visit = self._visit
        with node("label", classes="check"):
            node("span", visit.say(f"queue_{key}"))
            day = node("input", type="date", value=visit.query.get(key))

        async def changed(event: GenericEventArguments) -> None:
            await self._go(**{key: _text(event)})()

        day.on("change", changed, js_handler=_CHANGED)

    def _select(self, key: str, any_key: str, groups: Iterator[choices.Group]) -> None:
        visit = self._visit
        chosen = visit.query.get(key, "")
        select = node("select", aria_label=visit.say(f"field_{key}"))
        with select:
            node("option", visit.say(any_key), value="", selected=not chosen or None)
            for name, options in groups:
                with node("optgroup", label=name):
                    for value, words in options:
                        node("option", words, value=value, selected=value == chosen or None)

        async def changed(event: GenericEventArguments) -> None:
            await self._go(**{key: _text(event)})()

        select.on("change", changed, js_handler=_CHANGED)

    def _draw_table(self, page: QueuePage, rows: list[Mapping[str, str]]) -> None:
        visit = self._visit
        if not rows:
            with draw("div", classes="nothing"):
                draw("img", src=f"{ROOT}/static/seal.svg", alt="", width="48", height="48")
                filtered = any(visit.query.get(key) for key in FILTERS)
                draw("h2", visit.say("queue_empty_filtered" if filtered else "queue_empty"))
                hint = "queue_empty_filtered_hint" if filtered else "queue_empty_hint"
                if page.unknown:
                    words = wording.listed(visit, list(page.unknown))
                    draw("p", visit.say("queue_unknown", words=words))
                    hint = "queue_search_hint"
                draw("p", visit.say(hint))
            return
        with draw("table", classes="queue"):
            total = f"{page.total}+" if page.more else page.total
            draw("caption", visit.say("queue_shown", n=total, late=page.overdue))
            with draw("thead"), draw("tr"):
                for key in ("case", "matter", "unit", "state", "due"):
                    draw("th", visit.say(f"column_{key}"), scope="col")
            with draw("tbody"):
                for row in rows:
                    self._draw_row(row)

    def _draw_row(self, row: Mapping[str, str]) -> None:
        visit = self._visit
        with draw("tr", classes=row["urgency"]):
            with draw("th", scope="row"):
                draw(
                    "a",
                    row["number"],
                    href=f"{ROOT}/cases/{row['number']}",
                    data_key=row["number"],
                )
                draw("small", row["opened"])
            with draw("td"):
                draw("span", row["title"] or row["category"])
                with draw("small"):
                    if row["title"]:
                        draw("span", row["category"])
                    draw("span", row["kind"])
                    for mark in ("part", "urgent", "urged", "owed"):
                        if row[mark]:
                            draw("span", row[mark], f"mark {mark}")
            draw("td", row["unit"] or visit.say("unit_none"), "" if row["unit"] else "soft")
            with draw("td"):
                draw("span", row["state_words"], f"state {row['state']}")
            with draw("td"):
                draw("span", row["due"], f"due {row['tone']}")
                draw("small", row["due_at"])

    def _pager(self, page: QueuePage) -> None:
        visit = self._visit
        with node("nav", classes="pager", aria_label=visit.say("pages")):
            ways = (
                ("page_first", visit.query.get("after"), None),
                ("page_after", page.next, page.next),
            )
            for key, there, after in ways:
                if there:
                    way = link(visit.say(key), visit.address({"after": after}), data_key=key)
                    visit.stay(way, self._go(after=after))
                else:
                    node("span", visit.say(key), "soft")


def _row(visit: Visit, case: CaseSummary, now: datetime, own: str | None) -> Mapping[str, str]:
    due = wording.due(visit, case, now)
    return {
        "part": visit.say(f"part_{part}") if (part := part_of(case, own)) else "",
        "number": case.number,
        "opened": wording.moment(visit, case.opened_at, now),
        "title": case.title or "",
        "category": visit.name(case.category.names),
        "kind": visit.say(f"kind_{case.kind}"),
        "urgency": case.urgency,
        "urgent": "" if case.urgency == "normal" else visit.say(f"urgency_{case.urgency}"),
        "urged": visit.say("urged", n=case.urged) if case.urged else "",
        "owed": visit.say("owed_mark", n=len(case.owed)) if case.owed else "",
        "unit": visit.name(case.unit.names) if case.unit else "",
        "state": case.state,
        "state_words": wording.state(visit, case.state),
        "due": due.words,
        "due_at": due.moment,
        "tone": due.tone,
    }


def _text(event: GenericEventArguments) -> str:
    return event.args[:64] if isinstance(event.args, str) else ""
