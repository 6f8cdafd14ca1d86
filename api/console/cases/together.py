"""Show `/console/together`: open joint work of several units (会商研判, 一起来办).

It lists assessments with the given views, helpers' tasks, and decisions of meetings. The forms of
the chosen entry are beside the list.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from api.console.cases.clocks import draw_clock
from api.console.cases.moves import MoveForms
from api.console.context import ROOT
from api.console.drawing import Canvas, draw
from api.console.frame import frame
from api.console.nodes import node
from api.console.view import wording
from api.console.visit import Visit
from api.contract import CaseOut, CaseSummary
from api.contract.cases.together import AssessmentOut, MeetingOut, TaskOut, ViewOut
from api.domain.errors import CaseNotFound
from api.domain.lifecycle import Move
from api.people.rules.actor import Actor, Role
from api.people.rules.staff import Staff
from api.services.cases.reading import read_case
from api.services.desk import ServiceDesk
from api.services.joint.open_together import MOST, One, OpenItem, OpenWork, read_open
from kernel.database.transaction import Transaction

_WAY = "nav_together"
_MOVES = frozenset(
    {
        Move.GIVE_VIEW,
        Move.RULE,
        Move.FINISH_TASK,
        Move.ADD_HELPER,
        Move.REMOVE_HELPER,
        Move.MEET,
        Move.FINISH_MEETING,
    }
)


@dataclass(frozen=True, slots=True)
class _Seen:
    work: OpenWork
    chosen: CaseOut | None


def _read(tx: Transaction, desk: ServiceDesk, actor: Actor, number: str | None) -> _Seen:
    work, chosen = read_open(tx, desk, actor), None
    if number:
        try:
            chosen = read_case(tx, desk, actor, number)
        except CaseNotFound:  # a unit whose part is done may no longer see it
            chosen = None
    return _Seen(work, chosen)


class TogetherScreen:
    """The page of one visitor."""

    def __init__(self, visit: Visit, staff: Staff) -> None:
        self._visit = visit
        self._staff = staff
        self._own = staff.unit if staff.role is Role.UNIT else None
        self._number = visit.query.get("case")
        self._shown: object = None
        self._list: Canvas
        self._about: Canvas
        self._forms: MoveForms | None = None

    async def build(self) -> None:
        """Build the page.

        Raises:
            Forbidden: the role reads no cases.
        """
        visit = self._visit
        seen = await self._read()
        with frame(visit, self._staff, visit.say("together_title"), _WAY):
            with node("div", classes="title"), node("div"):
                node("h1", visit.say("together_title"))
                node("p", visit.say("together_hint"), "soft")
            with node("div", classes="case" if self._number else "sheets"):
                with node("div", classes="sheets"):
                    self._list = Canvas()
                if self._number:
                    with node("aside", classes="side", aria_label=visit.say("together_chosen")):
                        self._about = Canvas()
                        self._forms = MoveForms(visit, self._number, self._look, _MOVES)
        self._draw(seen)
        visit.keep_up(self._look)

    async def _read(self) -> _Seen:
        context = self._visit.context
        actor = await self._visit.actor()
        return await context.database.read(_read, context.desk, actor, self._number)

    async def _look(self) -> None:
        self._draw(await self._read())

    def _draw(self, seen: _Seen) -> None:
        now = self._visit.context.desk.clock.now()
        if seen == self._shown:
            return
        self._shown = seen
        if self._forms is not None:
            with self._about.drawing():
                self._draw_chosen(seen.chosen)
            if seen.chosen is not None:
                self._forms.show(seen.chosen)
            else:
                self._forms.close()
        with self._list.drawing():
            self._draw_work(seen.work, now)

    def _draw_chosen(self, case: CaseOut | None) -> None:
        visit = self._visit
        with draw("section", classes="sheet chosen"):
            if case is None:
                draw("p", visit.say("together_gone", number=self._number))
            else:
                with draw("p"):
                    draw("a", case.number, "number", href=f"{ROOT}/cases/{case.number}")
                    draw("small", visit.name(case.category.names))
                draw("p", case.happened, "words")
            draw("a", visit.say("together_close"), "quiet", href=f"{ROOT}/together")

    def _draw_work(self, work: OpenWork, now: datetime) -> None:
        visit = self._visit
        if not (work.assessments or work.tasks or work.meetings):
            with draw("div", classes="nothing"):
                draw("img", src=f"{ROOT}/static/seal.svg", alt="", width="48", height="48")
                draw("h2", visit.say("together_none"))
                draw("p", visit.say("together_none_hint"))
            return
        self._section("assessments", work.assessments, self._assessment, now)
        self._section("tasks", work.tasks, self._task, now)
        self._section("meetings", work.meetings, self._meeting, now)

    def _section(
        self,
        key: str,
        items: Sequence[OpenItem[One]],
        draw_one: Callable[[OpenItem[One], datetime], None],
        now: datetime,
    ) -> None:
        visit = self._visit
        with draw("section", classes="sheet joint", aria_labelledby=key):
            draw("h2", visit.say(f"together_{key}", n=len(items)), id=key)
            if not items:
                draw("p", visit.say(f"together_no_{key}"), "soft")
                return
            with draw("ul"):
                for item in items:
                    with draw("li"):
                        draw_one(item, now)
                        if item.clock is not None:
                            draw_clock(visit, item.clock, now)
            if len(items) == MOST:
                draw("p", visit.say("together_most", n=MOST), "soft")

    def _head(self, case: CaseSummary, words: str, act: str | None) -> None:
        """Draw the case of the entry, and the link to its forms."""
        visit = self._visit
        with draw("div", classes="which"):
            with draw("p"):
                draw("a", case.number, "number", href=f"{ROOT}/cases/{case.number}")
                if case.title:
                    draw("span", case.title)
                draw("small", f"{visit.name(case.category.names)} · {words}")
            if act is not None:
                draw(
                    "a",
                    visit.say(act),
                    "quiet",
                    href=visit.address({"case": case.number}),
                    aria_label=visit.say("together_act_on", act=visit.say(act), number=case.number),
                    aria_current="true" if case.number == self._number else None,
                    data_key=f"{act} {case.number}",
                )

    def _assessment(self, assessment: OpenItem[AssessmentOut], now: datetime) -> None:
        visit, held = self._visit, assessment.what
        heard = {view.unit.code: view for view in held.views}
        opened = visit.say("together_opened", at=wording.moment(visit, held.opened_at, now))
        self._head(assessment.case, opened, self._act_of(heard))
        if held.reason:
            draw("p", held.reason, "words")
        said = sum(unit.code in heard for unit in held.members)
        draw("p", visit.say("together_heard", n=said, of=len(held.members)), "soft")
        with draw("dl", classes="members"):
            for unit in held.members:
                with draw("div"):
                    draw("dt", visit.name(unit.names))
                    view = heard.get(unit.code)
                    if view is None:
                        draw("dd", visit.say("together_unheard"), "mark unheard")
                        continue
                    with draw("dd"):
                        draw("span", wording.choice(visit, "stand", view.stand), "state")
                        draw("span", view.words, "words")

    def _act_of(self, heard: Mapping[str, ViewOut]) -> str:
        """Return the words' key of what the reader can do in an assessment."""
        if self._own is None:
            return "together_rule"
        return "together_view_again" if self._own in heard else "together_view"

    def _task(self, helper: OpenItem[TaskOut], now: datetime) -> None:
        visit, task = self._visit, helper.what
        lead = (
            visit.name(helper.case.unit.names) if helper.case.unit else visit.say("holder_hotline")
        )
        mine = self._own in {None, task.unit.code}
        act = "together_handle" if self._own is None else "together_finish"
        self._head(helper.case, visit.say("together_led_by", unit=lead), act if mine else None)
        with draw("p"):
            draw("b", visit.name(task.unit.names))
        draw("p", task.what, "words")
        given = wording.moment(visit, task.given_at, now)
        draw("p", visit.say("together_given", at=given), "soft")

    def _meeting(self, meeting: OpenItem[MeetingOut], now: datetime) -> None:
        visit, met = self._visit, meeting.what
        done = met.done_at is not None
        held = visit.say("together_met", n=met.meeting, at=wording.moment(visit, met.at, now))
        self._head(meeting.case, held, None if done else "together_finish")
        draw("p", met.decision, "words")
        who = wording.listed(visit, list(met.participants))
        draw("p", visit.say("together_who", who=who), "soft")
        if met.done_at is not None:
            with draw("p"):
                at = wording.moment(visit, met.done_at, now)
                draw("span", visit.say("together_done", at=at), "state closed")
            if met.outcome:
                draw("p", met.outcome, "words")
        elif meeting.clock is None:
            until = wording.moment(visit, met.due_at, now)
            draw("p", visit.say("together_until", until=until), "due late" if met.overdue else "")
