"""Show `/console/desk`: a leader's session, the queue, and the open talk."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from nicegui.element import Element

from api.console.drawing import Canvas
from api.console.frame import frame
from api.console.nodes import node, slot
from api.console.view import wording
from api.console.visit import Visit
from api.contract.live import FiguresOut, LiveDesk, SessionOut, TalkOut
from api.live.pages.sessions import Announcement, draw_sessions, rate
from api.live.pages.talk import TalkPane
from api.live.service import sessions as live_sessions
from api.live.service.parts import topic
from api.people.rules.actor import Actor, Role
from api.people.rules.permissions import Action, authorize
from api.people.rules.staff import Staff
from api.services.desk import ServiceDesk
from kernel.database.transaction import Transaction

_WAY = "nav_desk"
_SESSIONS = 12
_PAUSE = 0.05
"""Seconds between two refreshes: a talk must be shown without delay."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """The open session with its desk and figures; otherwise the past and future sessions."""

    desk: LiveDesk | None
    figures: FiguresOut | None
    others: tuple[SessionOut, ...]
    counted: tuple[FiguresOut, ...]


def _read(tx: Transaction, desk: ServiceDesk, actor: Actor) -> _Seen:
    every = live_sessions.sessions(tx, desk, actor, limit=_SESSIONS).items
    running = next((session for session in every if session.state == "open"), None)
    counted = tuple(
        live_sessions.figures(tx, desk, actor, session.id)
        for session in every
        if session.state == "closed"
    )
    others = tuple(session for session in every if session is not running)
    if running is None:
        return _Seen(None, None, others, counted)
    return _Seen(
        live_sessions.watch(tx, desk, actor, running.id),
        live_sessions.figures(tx, desk, actor, running.id),
        others,
        counted,
    )


class DeskScreen:
    """The page of one visitor."""

    def __init__(self, visit: Visit, staff: Staff) -> None:
        self._visit = visit
        self._staff = staff
        self._shown: object = None
        self._session: str | None = None
        self._head: Element
        self._queue: Element
        self._rest: Element
        self._talk: TalkPane

    async def build(self) -> None:
        """Build the page.

        Raises:
            Forbidden: the role sees no talks.
        """
        visit = self._visit
        authorize(self._staff.actor, Action.WATCH_LIVE_DESK)
        seen = await self._read()
        with frame(visit, self._staff, visit.say("desk_title"), _WAY):
            self._head = slot()
            with node("div", classes="desk") as hall:
                with node("section", classes="sheet queue-pane", aria_labelledby="desk-queue"):
                    node("h2", visit.say("desk_queue"), id="desk-queue")
                    self._queue = slot()
                self._talk = TalkPane(visit, self._staff, self._look)
            self._hall = hall
            self._rest = slot()
        await self._draw(seen)
        visit.keep_up(
            self._look, lambda: topic(self._session) if self._session else None, pause=_PAUSE
        )

    async def _read(self) -> _Seen:
        context = self._visit.context
        actor = await self._visit.actor()
        return await context.database.read(_read, context.desk, actor)

    async def _look(self) -> None:
        await self._draw(await self._read())

    async def _draw(self, seen: _Seen) -> None:
        visit, now = self._visit, self._visit.context.desk.clock.now()
        minute = now.replace(second=0, microsecond=0)
        chosen = visit.query.get("talk")
        session = seen.desk.session if seen.desk is not None else None
        changed = (seen, chosen, minute) != self._shown
        # The form for a new session keeps the typed values while nothing else changes.
        form_stays = self._shown is not None and session is None and self._session is None
        self._shown = (seen, chosen, minute)
        self._session = session.id if session is not None else None
        if changed:
            self._head.clear()
            with self._head:
                self._draw_head(seen, now)
            self._hall.set_visibility(seen.desk is not None)
            self._queue.clear()
            if seen.desk is not None:
                with self._queue:
                    self._draw_queue(seen.desk, chosen, now)
            if not form_stays:
                self._rest.clear()
                with self._rest:
                    self._draw_rest(seen, now)
        await self._talk.show(chosen if seen.desk is not None else None)

    def _draw_head(self, seen: _Seen, now: datetime) -> None:
        visit = self._visit
        with node("div", classes="title"):
            node("h1", visit.say("desk_title"))
            if seen.desk is not None and self._staff.role is Role.LEADER:
                end = node("button", visit.say("desk_end"), "quiet", type="button", data_key="end")
                self._asked(end, "desk_end_sure", self._end)
        if seen.desk is None or seen.figures is None:
            return
        session, figures = seen.desk.session, seen.figures
        title = visit.name(session.leader.title)
        with node("dl", classes="standing"):
            for key, words in (
                ("desk_leader", f"{session.leader.name} · {title}"),
                ("desk_unit", visit.name(session.unit.names)),
                ("desk_scope", visit.name(session.scope)),
                ("desk_until", wording.moment(visit, session.closes_at, now)),
                ("desk_questions", str(figures.questions)),
                ("desk_solved", str(figures.solved)),
                ("desk_rate", rate(visit, figures)),
            ):
                with node("div"):
                    node("dt", visit.say(key))
                    node("dd", words, "figures")

    def _asked(self, button: Element, key: str, act: Callable[[], Awaitable[None]]) -> None:
        """Ask for confirmation in the browser before an action that cannot be undone."""

        async def done() -> None:
            await self._visit.attempt(act)

        words = self._visit.say(key).replace("\\", "").replace('"', "")
        button.on("click", done, js_handler=f'() => {{ if (confirm("{words}")) emit(); }}')

    async def _end(self) -> None:
        if self._session is None:
            return
        context, actor = self._visit.context, await self._visit.actor()
        await context.database.run_long(
            live_sessions.end_session, context.desk, actor, self._session
        )
        await self._look()

    def _draw_queue(self, desk: LiveDesk, chosen: str | None, now: datetime) -> None:
        visit = self._visit
        if not (desk.live or desk.waiting or desk.over):
            node("p", visit.say("desk_empty"), "soft pad")
        for key, talks in (
            ("desk_live", desk.live),
            ("desk_waiting", desk.waiting),
            ("desk_over", desk.over),
        ):
            if not talks:
                continue
            with node("h3"):
                node("span", visit.say(key))
                node("b", str(len(talks)))
            with node("ul", classes="talks"):
                for talk in talks:
                    self._draw_talk(talk, now, current=talk.id == chosen)

    def _draw_talk(self, talk: TalkOut, now: datetime, *, current: bool) -> None:
        visit = self._visit
        with node("li"):
            way = node(
                "a",
                classes="danger-near" if talk.danger else "",
                href=visit.address({"talk": talk.id}),
                aria_current="true" if current else None,
                data_key=f"talk {talk.id}",
            )
            with way:
                node("span", talk.about or visit.say("desk_no_words"), "about")
                with node("small"):
                    if talk.danger:
                        node("span", visit.say("desk_danger"), "mark")
                    node("span", _standing(visit, talk, now))

            async def chosen() -> None:
                async def choose() -> None:
                    visit.query = {**visit.query, "talk": talk.id}
                    visit.follow(visit.address({}))
                    await self._look()

                await visit.attempt(choose)

            visit.stay(way, chosen)

    async def _announced(self) -> None:
        self._shown = None
        await self._look()

    def _draw_rest(self, seen: _Seen, now: datetime) -> None:
        visit = self._visit
        if seen.desk is None:
            if self._staff.role is Role.LEADER:
                Announcement(visit, self._staff, self._announced).draw(now)
            else:
                with node("div", classes="nothing"):
                    node("h2", visit.say("desk_closed"))
                    node("p", visit.say("desk_closed_hint"))
        if seen.others:
            with Canvas().drawing():
                draw_sessions(visit, seen.others, seen.counted, now)


def _standing(visit: Visit, talk: TalkOut, now: datetime) -> str:
    """Describe the state of a talk."""
    if talk.state == "waiting":
        waited = wording.span(visit, now - talk.asked_at)
        return visit.say("desk_place", place=talk.place or 0, span=waited)
    if talk.state == "live":
        if talk.due_since is not None:
            return visit.say("desk_due", span=wording.span(visit, now - talk.due_since))
        return visit.say("desk_answered", name=talk.owner_name or "")
    return visit.say(f"desk_ending_{talk.ending or 'closed'}")
