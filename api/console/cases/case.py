"""Show `/console/cases/{number}`: one case, with the data and moves that its reader is allowed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from nicegui.element import Element

from api.console.cases.clocks import draw_clocks
from api.console.cases.moves import MoveForms
from api.console.context import ROOT
from api.console.drawing import Canvas, draw
from api.console.frame import frame
from api.console.nodes import link, node, slot
from api.console.view import wording
from api.console.view.case import CaseRead, answers, facts, read_case_page
from api.console.visit import Visit
from api.contract import AttachmentOut, CaseOut, Contact, HistoryEntry
from api.contract.surveys import SurveyOut
from api.errors import NotFound
from api.people.rules.actor import Role
from api.people.rules.staff import Staff
from api.services.showing import show_contact

_WAY = "nav_cases"


@dataclass(frozen=True, slots=True)
class _Seen:
    read: CaseRead
    due: wording.DueWords


class CaseScreen:
    """The page of one visitor on one case."""

    def __init__(self, visit: Visit, staff: Staff, number: str) -> None:
        self._visit = visit
        self._staff = staff
        self._number = number
        self._shown: _Seen | None = None
        self._contact: Contact | None = None
        self._role = staff.role
        self._head: Canvas
        self._facts: Canvas
        self._contact_slot: Element
        self._survey: Canvas
        self._timeline: Canvas
        self._moves: MoveForms

    async def build(self) -> None:
        """Build the page, or report that this reader has no such case."""
        visit = self._visit
        try:
            seen = await self._read()
        except NotFound:
            self._nothing()
            return
        with frame(visit, self._staff, self._number, _WAY):
            with node("p", classes="back"):
                link(visit.say("case_back"), f"{ROOT}/cases", data_key="back")
            self._head = Canvas()
            with node("div", classes="case"):
                with node("div", classes="sheets"):
                    self._facts = Canvas()
                    self._clocks = Canvas()
                    self._survey = Canvas()
                    self._contact_slot = slot()
                    with node("section", classes="sheet", aria_labelledby="timeline"):
                        node("h2", visit.say("case_history"), id="timeline")
                        self._timeline = Canvas()
                with node("aside", classes="side", aria_label=visit.say("case_moves")):
                    self._moves = MoveForms(visit, self._number, self._look)
        self._draw(seen)
        visit.keep_up(self._look)

    async def _read(self) -> _Seen:
        visit, context = self._visit, self._visit.context
        actor = await visit.actor()
        read = await context.database.read(read_case_page, context.desk, actor, self._number)
        self._role = actor.role
        return _Seen(read, wording.due(visit, read.case, context.desk.clock.now()))

    async def _look(self) -> None:
        seen = await self._read()
        if seen != self._shown:
            self._draw(seen)

    def _draw(self, seen: _Seen) -> None:
        before = self._shown.read if self._shown is not None else None
        self._shown = seen
        read, case, now = seen.read, seen.read.case, self._visit.context.desk.clock.now()
        with self._head.drawing():
            self._draw_head(seen, now)
        with self._clocks.drawing():
            draw_clocks(self._visit, case.clocks, now)
        # Clocks change all the time; the other parts are redrawn only when they have changed.
        if before is None or (_still(before.case), before.files) != (_still(case), read.files):
            with self._facts.drawing():
                self._draw_facts(read, now)
            self._contact_slot.clear()
            with self._contact_slot:
                self._draw_contact(case)
            self._moves.show(case)
        if before is None or before.survey != read.survey:
            with self._survey.drawing():
                if read.survey is not None and read.survey.state != "planned":
                    self._draw_survey(read.survey)
        if before is None or (before.history, before.files) != (read.history, read.files):
            with self._timeline.drawing():
                self._draw_history(read, now)

    def _nothing(self) -> None:
        visit = self._visit
        with (
            frame(visit, self._staff, visit.say("case_missing"), _WAY),
            node("div", classes="nothing"),
        ):
            node("img", src=f"{ROOT}/static/seal.svg", alt="", width="48", height="48")
            node("h1", visit.say("case_missing"))
            node("p", visit.say("case_missing_hint"))
            link(visit.say("case_back"), f"{ROOT}/cases", "button")

    def _draw_head(self, seen: _Seen, now: datetime) -> None:
        visit, case, due = self._visit, seen.read.case, seen.due
        with draw("div", classes="title"), draw("div"):
            draw(
                "p", f"{visit.name(case.category.names)} · {visit.say(f'kind_{case.kind}')}", "over"
            )
            if case.title:
                draw("p", case.title, "about", lang=_html_lang(case.language))
            with draw("h1", classes="number"):
                draw("span", case.number)
                draw("span", wording.state(visit, case.state), f"state {case.state}")
                if case.urgency != "normal":
                    draw("span", visit.say(f"urgency_{case.urgency}"), "mark urgent")
                if case.urged:
                    draw("span", visit.say("urged", n=case.urged), "mark")
        with draw("dl", classes="standing"):
            holder = visit.name(case.unit.names) if case.unit else visit.say("holder_hotline")
            self._pair("case_holder", holder)
            if due.tone == "none":
                self._pair("case_due", due.words)
            else:
                self._pair("case_due", f"{due.words} · {due.moment}", f"due {due.tone}")
            self._pair("case_opened", wording.moment(visit, case.opened_at, now))
            self._pair("case_channel", visit.say_or(f"channel_{case.channel}", case.channel))

    def _pair(self, key: str, words: str, classes: str = "") -> None:
        with draw("div"):
            draw("dt", self._visit.say(key))
            draw("dd", words, classes)

    def _draw_facts(self, read: CaseRead, now: datetime) -> None:
        visit, case = self._visit, read.case
        with draw("section", classes="sheet matter", aria_labelledby="matter"):
            draw("h2", visit.say("case_happened"), id="matter")
            draw("blockquote", case.happened, lang=_html_lang(case.language))
            if case.demand:
                draw("h3", visit.say("case_demand"))
                draw("p", case.demand, "words")
            rows = facts(visit, case, now)
            if rows:
                with draw("dl", classes="facts"):
                    for name, value in rows:
                        with draw("div"):
                            draw("dt", name)
                            draw("dd", value)
            # Files that a clerk received when the case was opened belong to no history entry.
            sent = [file for file in read.files if file.sender == "citizen" or file.entry is None]
            if sent:
                draw("h3", visit.say("case_files"))
                self._draw_files(sent, "case_photo")
            if case.owed:
                with draw("div", classes="owed"):
                    draw("h3", visit.say("case_owed"))
                    draw("p", visit.say("case_owed_hint"))
                    with draw("ul"):
                        for key in case.owed:
                            draw("li", wording.detail_name(visit, key))
        if case.because or case.door is not None:
            with draw("section", classes="sheet", aria_labelledby="because"):
                draw("h2", visit.say("case_because"), id="because")
                with draw("ol", classes="because"):
                    for reason in case.because:
                        draw("li", wording.reason(visit, reason))
                if case.door is not None:
                    draw("p", visit.say("case_door", door=visit.name(case.door)))

    def _draw_files(self, files: Sequence[AttachmentOut], about: str) -> None:
        visit = self._visit
        with draw("ul", classes="files"):
            for file in files:
                address = f"{ROOT}/attachments/{file.id}"
                with (
                    draw("li"),
                    draw("a", href=address, target="_blank", rel="noopener", data_key=file.id),
                ):
                    if file.media_type.startswith("image/"):
                        draw("img", src=address, alt=visit.say(about), loading="lazy")
                    else:
                        draw("span", file.name)

    def _draw_survey(self, survey: SurveyOut) -> None:
        visit = self._visit
        with draw("section", classes="sheet", aria_labelledby="survey"):
            draw("h2", visit.say("case_survey"), id="survey")
            draw("p", visit.say(f"survey_{survey.state}"), "soft")
            rows = list(answers(visit, survey))
            if not rows:
                return
            with draw("dl", classes="facts"):
                for name, value in rows:
                    with draw("div"):
                        draw("dt", name)
                        draw("dd", value)

    def _draw_contact(self, case: CaseOut) -> None:
        visit = self._visit
        contact = self._contact or case.contact
        with node("section", classes="sheet contact", aria_labelledby="contact"):
            node("h2", visit.say("case_contact"), id="contact")
            node("p", visit.say(f"contact_{contact.mode}"), "mode")
            if contact.mode == "anonymous":
                return
            if not (contact.name or contact.phone):
                kept = contact.mode == "confidential" or case.kind == "report"
                hidden = kept and self._role is Role.UNIT
                node("p", visit.say("contact_kept" if hidden else "contact_none"), "soft")
                return
            masked = self._contact is None
            with node("dl", classes="facts"):
                for key, value, mask in (
                    ("contact_name", contact.name, wording.masked_name),
                    ("contact_phone", contact.phone, wording.masked_phone),
                ):
                    if value:
                        with node("div"):
                            node("dt", visit.say(key))
                            node("dd", mask(value) if masked else value, "figures")
            if masked:
                button = node(
                    "button", visit.say("contact_show"), "quiet", type="button", data_key="contact"
                )
                button.on("click", self._reveal, js_handler="() => emit()")
                node("small", visit.say("contact_recorded"))
            else:
                node("small", visit.say("contact_was_recorded"))

    async def _reveal(self) -> None:
        async def reveal() -> None:
            context = self._visit.context
            actor = await self._visit.actor()
            self._contact = await context.database.run(
                show_contact, context.desk, actor, self._number
            )
            if self._shown is not None:
                self._contact_slot.clear()
                with self._contact_slot:
                    self._draw_contact(self._shown.read.case)

        await self._visit.attempt(reveal)

    def _draw_history(self, read: CaseRead, now: datetime) -> None:
        shown = [file for file in read.files if file.sender == "staff"]
        with draw("ol", classes="timeline"):
            for entry in reversed(read.history.entries):
                self._draw_entry(entry, [line for line in shown if line.entry == entry.seq], now)

    def _draw_entry(
        self, entry: HistoryEntry, files: Sequence[AttachmentOut], now: datetime
    ) -> None:
        visit = self._visit
        with draw("li", classes=f"by-{entry.actor.role}"):
            draw("time", wording.moment(visit, entry.at, now), datetime=entry.at.isoformat())
            with draw("p"):
                draw("b", wording.moved(visit, entry))
                draw("span", wording.who(visit, entry), "soft")
            if entry.from_state is not None and entry.from_state != entry.to_state:
                arrow = f"{wording.state(visit, entry.from_state)} → "
                draw("p", arrow + wording.state(visit, entry.to_state), "soft")
            for reason in entry.because:
                draw("p", wording.reason(visit, reason), "soft")
            if entry.reason:
                draw("p", visit.say("history_reason", reason=entry.reason), "words")
            if entry.note:
                draw("p", entry.note, "words")
            if files:
                self._draw_files(files, "case_evidence")


def _html_lang(language: str) -> str:
    return "zh-CN" if language == "zh" else "en"


def _still(case: CaseOut) -> CaseOut:
    return case.model_copy(update={"clocks": ()})
