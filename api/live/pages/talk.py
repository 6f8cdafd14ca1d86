"""Draw one talk on the desk: its lines, the answer, and its result."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from nicegui.events import GenericEventArguments
from pydantic import ValidationError

from api.console.context import CASES_TOPIC, ROOT
from api.console.drawing import Canvas, draw
from api.console.fields import SENT, Fields
from api.console.nodes import link, node, slot
from api.console.view import choices, wording
from api.console.visit import Visit
from api.contract.live import EndTalk, FileTalk, LineOut, Say, TalkOut, Transcript
from api.errors import NotFound
from api.live.service import desk as live_desk
from api.people.rules.actor import Role
from api.people.rules.staff import Staff

_ENTER = (
    "(e) => { if (e.key === 'Enter' && !e.shiftKey && !e.isComposing) {"
    " e.preventDefault(); e.target.form.requestSubmit(); } }"
)
_SAID = (
    "(e) => { e.preventDefault(); const box = e.target.elements.text;"
    " if (box.value.trim()) { emit(box.value); box.value = ''; } }"
)


class TalkPane:
    """The middle and the right part of the desk."""

    def __init__(self, visit: Visit, staff: Staff, after: Callable[[], Awaitable[None]]) -> None:
        self._visit = visit
        self._staff = staff
        self._after = after
        self._id: str | None = None
        self._talk: TalkOut | None = None
        self._lines: list[LineOut] = []
        self._offered: object = None
        self._showing = asyncio.Lock()
        with node("section", classes="sheet talk-pane", aria_labelledby="desk-talk"):
            node("h2", visit.say("desk_talk"), id="desk-talk")
            with node("div", classes="log", id="log", role="log", tabindex="0"):
                self._log = Canvas()
            self._answer = slot()
        with node("aside", classes="side", aria_label=visit.say("desk_result")):
            self._result = slot()

    async def show(self, id_: str | None) -> None:
        """Show a talk in its present state; None shows an introduction."""
        # A signal, an action and a choice may come together; a read starts after the last line.
        async with self._showing:
            await self._show(id_)

    async def _show(self, id_: str | None) -> None:
        if id_ != self._id:
            self._id, self._talk, self._lines, self._offered = id_, None, [], None
        if id_ is None:
            self._draw_log()
            self._offer()
            return
        context = self._visit.context
        actor = await self._visit.actor()
        after = self._lines[-1].seq if self._lines else 0
        try:
            transcript: Transcript = await context.database.read(
                live_desk.transcript, context.desk, actor, id_, after=after
            )
        except NotFound:
            self._id = None
            return
        before, self._talk = self._talk, transcript.talk
        self._lines.extend(transcript.lines)
        if transcript.lines or before is None or before.state != transcript.talk.state:
            self._draw_log()
        self._offer()

    def _draw_log(self) -> None:
        visit = self._visit
        now = visit.context.desk.clock.now()
        with self._log.drawing():
            if self._talk is None:
                draw("p", visit.say("desk_choose"), "soft")
            for line in self._lines:
                self._draw_line(line, now)
            if self._talk is not None and self._talk.state == "ended":
                draw("p", visit.say(f"desk_ending_{self._talk.ending or 'closed'}"), "ended")
        visit.client.run_javascript(
            "setTimeout(() => { const log = document.getElementById('log');"
            " if (log) log.scrollTop = log.scrollHeight; }, 60)"
        )

    def _draw_line(self, line: LineOut, now: datetime) -> None:
        visit = self._visit
        with draw("div", classes=f"said {line.by}"):
            with draw("small"):
                draw("b", line.name or visit.say(f"desk_by_{line.by}"))
                draw("span", wording.moment(visit, line.at, now))
                if line.danger:
                    draw("span", visit.say("desk_danger"), "mark")
            if line.text:
                draw("p", line.text, "words")
            for id_ in line.attachments:
                draw(
                    "a",
                    visit.say("attachment"),
                    href=f"{ROOT}/attachments/{id_}",
                    target="_blank",
                    rel="noopener",
                )

    def _offer(self) -> None:
        """Show the possible actions; the forms stay while these are the same."""
        talk = self._talk
        mine = talk is not None and talk.state == "live" and talk.owner == self._staff.id
        offered = talk and (talk.id, talk.state, talk.ending, talk.case, mine, talk.owner)
        if offered == self._offered and self._offered is not None:
            return
        self._offered = offered
        self._answer.clear()
        self._result.clear()
        if talk is None or self._staff.role is not Role.LEADER:
            return
        with self._answer:
            if mine:
                self._draw_answer()
            elif talk.state != "ended":
                self._draw_claim(talk)
        with self._result:
            self._draw_result(talk, mine=mine)

    def _draw_claim(self, talk: TalkOut) -> None:
        visit = self._visit
        taken = talk.state == "live"
        if taken:
            words = visit.say("desk_held", name=talk.owner_name or "")
            node("p", words, "soft pad")
        key = "desk_take_over" if taken else "desk_take"
        button = node("button", visit.say(key), "primary", type="button", data_key="take")

        async def claim() -> None:
            context, actor = visit.context, await visit.actor()
            await context.database.run(live_desk.claim, context.desk, actor, talk.id)
            await self._after()
            visit.client.run_javascript("document.getElementById('answer')?.focus()")

        async def clicked() -> None:
            await visit.attempt(claim)

        button.on("click", clicked, js_handler="() => emit()")

    def _draw_answer(self) -> None:
        visit = self._visit
        form = node("form", classes="answer")
        with form:
            node("label", visit.say("desk_answer"), "unseen", for_="answer")
            box = node(
                "textarea",
                id="answer",
                name="text",
                rows="2",
                placeholder=visit.say("desk_answer"),
                maxlength="3000",
            )
            box.on("keydown", js_handler=_ENTER)
            node("button", visit.say("desk_send"), "primary", type="submit")

        async def sent(event: GenericEventArguments) -> None:
            text = event.args if isinstance(event.args, str) else ""
            await visit.attempt(lambda: self._say(text))

        form.on("submit", sent, js_handler=_SAID)

    async def _say(self, text: str) -> None:
        talk, visit = self._talk, self._visit
        if talk is None:
            return
        context, actor = visit.context, await visit.actor()
        order = Say(text=text, fence=talk.fence)
        key = context.desk.ids.new("con")
        await context.database.run(live_desk.say, context.desk, actor, talk.id, order, key=key)
        await self._after()

    def _draw_result(self, talk: TalkOut, *, mine: bool) -> None:
        visit = self._visit
        with node("section", classes="sheet moves"):
            node("h2", visit.say("desk_result"))
            if talk.case:
                with node("p"):
                    node("span", visit.say("desk_filed"))
                    link(talk.case, f"{ROOT}/cases/{talk.case}", data_key="filed")
                return
            solved = talk.ending == "solved"
            if not mine and not solved:
                node("p", visit.say("desk_result_none"), "soft")
                return
            if mine:
                with node("div", classes="ways"):
                    self._way("desk_way_solved", "primary", "solved")
                    self._way("desk_way_closed", "quiet", "closed")
            details = node("details", open=solved or None)
            with details:
                key = "desk_way_record" if solved else "desk_way_case"
                node("summary", visit.say(key), data_key="case")
                self._draw_case(solved=solved)

    def _way(self, key: str, classes: str, how: str) -> None:
        visit = self._visit
        button = node("button", visit.say(key), classes, type="button", data_key=key)

        async def end() -> None:
            talk = self._talk
            if talk is None:
                return
            context, actor = visit.context, await visit.actor()
            order = EndTalk.model_validate({"fence": talk.fence, "how": how})
            await context.database.run(live_desk.end, context.desk, actor, talk.id, order)
            visit.tell(visit.say(f"{key}_done"))
            await self._after()

        async def clicked() -> None:
            await visit.attempt(end)

        button.on("click", clicked, js_handler="() => emit()")

    def _draw_case(self, *, solved: bool) -> None:
        visit = self._visit
        form = node("form", classes="move")
        with form:
            hint = "desk_record_hint" if solved else "desk_case_hint"
            node("p", visit.say(hint), "hint")
            fields = Fields(visit, "file")
            kinds = [("", choices.kinds(visit))]
            fields.select("kind", visit.say("field_kind"), kinds, required=True)
            category = choices.categories(visit)
            fields.select("category", visit.say("field_category"), category, required=True)
            unit = self._staff.unit
            fields.select(
                "unit", visit.say("field_unit"), choices.units(visit), required=True, chosen=unit
            )
            fields.words("happened", visit.say("desk_happened"), required=False)
            fields.words("demand", visit.say("case_demand"), required=False, rows=2)
            node("button", visit.say("desk_file"), "primary", type="submit")

        async def sent(event: GenericEventArguments) -> None:
            values = event.args if isinstance(event.args, dict) else {}
            try:
                await visit.attempt(lambda: self._file(values))
            finally:
                visit.ready(form)

        form.on("submit", sent, js_handler=SENT)

    async def _file(self, sent: dict[str, object]) -> None:
        talk, visit = self._talk, self._visit
        if talk is None:
            return
        values = {key: value for key, value in sent.items() if value}
        try:
            order = FileTalk.model_validate({**values, "fence": talk.fence})
        except ValidationError:
            visit.tell(visit.say("desk_wrong"), alarm=True)
            return
        context, actor = visit.context, await visit.actor()
        number = await context.numbers.take()
        case = await context.database.run(
            live_desk.file, context.desk, actor, talk.id, order, number=number
        )
        context.bell.ring(CASES_TOPIC, case.number)
        visit.tell(visit.say("desk_filed_done", number=case.number))
        await self._after()
