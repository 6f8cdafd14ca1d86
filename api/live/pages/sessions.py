"""Sessions on the page of leaders on duty: the form that announces one, and the list of others."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from nicegui.events import GenericEventArguments
from pydantic import ValidationError

from api.console.drawing import draw
from api.console.fields import SENT, Fields
from api.console.nodes import node
from api.console.view import choices, wording
from api.console.visit import Visit
from api.contract.live import FiguresOut, OpenSession, SessionOut
from api.live.service import sessions as live_sessions
from api.people.rules.staff import Staff
from kernel.clock import SHANGHAI


class Announcement:
    """The form by which a leader announces a session; `then` is called when it was."""

    def __init__(self, visit: Visit, staff: Staff, then: Callable[[], Awaitable[None]]) -> None:
        self._visit = visit
        self._staff = staff
        self._then = then

    def draw(self, now: datetime) -> None:
        """Draw the form."""
        visit = self._visit
        local = now.astimezone(SHANGHAI)
        with node("section", classes="sheet announce", aria_labelledby="announce"):
            node("h2", visit.say("desk_announce"), id="announce")
            node("p", visit.say("desk_announce_hint"), "hint")
            form = node("form", classes="move wide")
            with form:
                fields = Fields(visit, "session")
                title = self._staff.title or ""
                fields.line("name", visit.say("desk_name"), required=True, value=self._staff.name)
                fields.select(
                    "unit",
                    visit.say("desk_unit"),
                    choices.units(visit),
                    required=True,
                    chosen=self._staff.unit,
                )
                fields.line("title_zh", visit.say("desk_title_zh"), required=True, value=title)
                fields.line("title_en", visit.say("desk_title_en"), required=True)
                fields.line("scope_zh", visit.say("desk_scope_zh"), required=True)
                fields.line("scope_en", visit.say("desk_scope_en"), required=True)
                for key, at in (("opens_at", local), ("closes_at", local + timedelta(hours=2))):
                    fields.line(
                        key,
                        visit.say(f"desk_{key}"),
                        required=True,
                        value=f"{at:%Y-%m-%dT%H:%M}",
                        type_="datetime-local",
                    )
                node("button", visit.say("desk_open"), "primary", type="submit")

            async def sent(event: GenericEventArguments) -> None:
                async def announce() -> None:
                    await self._send(event.args if isinstance(event.args, dict) else {})

                try:
                    await visit.attempt(announce)
                finally:
                    visit.ready(form)

            form.on("submit", sent, js_handler=SENT)

    async def _send(self, sent: dict[str, object]) -> None:
        visit = self._visit
        context, actor = visit.context, await visit.actor()
        try:
            order = OpenSession.model_validate(
                {
                    "name": sent.get("name"),
                    "unit": sent.get("unit"),
                    "title": {"zh": sent.get("title_zh"), "en": sent.get("title_en")},
                    "scope": {"zh": sent.get("scope_zh"), "en": sent.get("scope_en")},
                    "opens_at": _local(sent.get("opens_at")),
                    "closes_at": _local(sent.get("closes_at")),
                }
            )
        except ValidationError:
            visit.tell(visit.say("desk_wrong"), alarm=True)
            return
        await context.database.run(live_sessions.open_session, context.desk, actor, order)
        await self._then()


def draw_sessions(
    visit: Visit, sessions: Sequence[SessionOut], counted: Sequence[FiguresOut], now: datetime
) -> None:
    """Draw the sessions that were and will be, with what came of those that are closed."""
    figures = {found.session: found for found in counted}
    with draw("section", classes="sheet", aria_labelledby="sessions"):
        draw("h2", visit.say("desk_sessions"), id="sessions")
        with draw("table", classes="plain"):
            with draw("thead"), draw("tr"):
                for key in ("when", "leader", "scope", "questions", "solved", "rate"):
                    draw("th", visit.say(f"desk_{key}"), scope="col")
            with draw("tbody"):
                for session in sessions:
                    _draw_session(visit, session, figures.get(session.id), now)


def _draw_session(
    visit: Visit, session: SessionOut, figures: FiguresOut | None, now: datetime
) -> None:
    with draw("tr"):
        with draw("th", scope="row"):
            draw("span", wording.moment(visit, session.opens_at, now))
            over = session.state == "closed"
            draw("small", visit.say("desk_closed_state" if over else "desk_planned"))
        with draw("td"):
            draw("span", session.leader.name)
            draw("small", visit.name(session.unit.names))
        draw("td", visit.name(session.scope))
        draw("td", str(figures.questions) if figures else "–", "figures")
        draw("td", str(figures.solved) if figures else "–", "figures")
        draw("td", rate(visit, figures) if figures else "–", "figures")


def rate(visit: Visit, figures: FiguresOut) -> str:
    """Say the share of questions that were solved."""
    if figures.rate is None:
        return visit.say("desk_no_rate")
    return visit.say(
        "desk_rate_of",
        rate=f"{figures.rate:.1%}",
        solved=figures.solved,
        questions=figures.questions,
    )


def _local(value: object) -> object:
    try:
        return datetime.fromisoformat(str(value)).replace(tzinfo=SHANGHAI)
    except ValueError:
        return value  # the request model refuses it
