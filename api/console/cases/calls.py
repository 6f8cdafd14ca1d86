"""Show `/console/calls`: citizens to call back (电话回访) who did not answer by message.

The form is on the case page, where access to the number is recorded. This page has the list, and
the button for a call without an answer.
"""

from datetime import datetime

from api.console.context import ROOT
from api.console.frame import frame
from api.console.nodes import link, node, slot
from api.console.view import wording
from api.console.visit import Visit
from api.contract.surveys import CallPage, CallTask
from api.people.rules.staff import Staff
from api.services.surveys.calls import list_calls, note_unreached

_WAY = "nav_calls"


class CallsScreen:
    """The page of one visitor."""

    def __init__(self, visit: Visit, staff: Staff) -> None:
        self._visit = visit
        self._staff = staff
        self._shown: CallPage | None = None

    async def build(self) -> None:
        """Build the page.

        Raises:
            Forbidden: the role makes no calls.
        """
        visit = self._visit
        page = await self._read()
        with frame(visit, self._staff, visit.say("calls_title"), _WAY):
            with node("div", classes="title"), node("div"):
                node("h1", visit.say("calls_title"))
                node("p", visit.say("calls_hint"), "soft")
            self._list = slot()
        self._draw(page)
        visit.keep_up(self._look)

    async def _read(self) -> CallPage:
        context = self._visit.context
        actor = await self._visit.actor()
        return await context.database.read(list_calls, context.desk, actor)

    async def _look(self) -> None:
        self._draw(await self._read())

    def _draw(self, page: CallPage) -> None:
        if page == self._shown:
            return
        self._shown = page
        visit = self._visit
        now = visit.context.desk.clock.now()
        self._list.clear()
        with self._list:
            if not page.items:
                with node("div", classes="nothing"):
                    node("img", src=f"{ROOT}/static/seal.svg", alt="", width="48", height="48")
                    node("h2", visit.say("calls_none"))
                    node("p", visit.say("calls_none_hint"))
                return
            if page.total > len(page.items):
                node("p", visit.say("calls_more", n=page.total), "soft")
            with node("table", classes="queue"):
                with node("thead"), node("tr"):
                    for key in ("case", "category", "unit", "why", "tried", "due"):
                        node("th", visit.say(f"call_{key}"), scope="col")
                    node("td")
                with node("tbody"):
                    for task in page.items:
                        self._row(task, now)

    def _row(self, task: CallTask, now: datetime) -> None:
        visit = self._visit
        with node("tr"):
            with node("th", scope="row"):
                link(task.number, f"{ROOT}/cases/{task.number}")
            node("td", visit.name(task.category.names))
            node("td", visit.name(task.unit.names) if task.unit is not None else "–")
            node("td", visit.say(f"call_why_{task.why}"))
            node("td", visit.say("call_times", n=task.calls), "figures")
            node("td", wording.moment(visit, task.due_at, now), "figures")
            with node("td"):
                self._nobody(task)

    def _nobody(self, task: CallTask) -> None:
        visit = self._visit
        key = visit.context.desk.ids.new("con")
        words = visit.say("call_nobody")
        name = visit.say("call_nobody_of", number=task.number)
        button = node("button", words, "quiet", type="button", aria_label=name)

        async def note() -> None:
            context, actor = visit.context, await visit.actor()
            out = await context.database.run(
                note_unreached, context.desk, actor, task.number, key=key
            )
            ended = out.state == "ended"
            visit.tell(visit.say("call_noted_last" if ended else "call_noted", number=task.number))
            await self._look()

        async def clicked() -> None:
            await visit.attempt(note)

        button.on("click", clicked, js_handler="() => emit()")
