"""The callback survey: asked by itself, answered in the conversation, and what follows."""

import asyncio
from datetime import timedelta

import pytest
from case_service import LANE
from sqlalchemy import select

from api.client import ApiProblem
from api.contract import AddHelper, ReplyCase
from api.contract.surveys import SurveyAnswer
from api.jobs.surveys import SurveySweep
from api.people.rules.actor import Role
from api.store.events.tables import survey as survey_table
from kernel.bell.local import LocalBell
from kernel.clock import SHANGHAI
from kernel.supervisor import Supervisor

ANSWER = ReplyCase.model_validate(
    {"claim_true": "yes", "contacted": False, "solved": "yes", "answer": "石板已经铺平"}
)


class Callback:
    """One case that was replied to, and the sweep that asks about it."""

    def __init__(self, service, unit, number):
        self.service = service
        self.unit = unit
        self.number = number
        self.keys = 0

    def process(self) -> SurveySweep:
        """A new process that looks after surveys: it knows nothing but the tables."""
        desk = self.service.app.state.context.desk
        return SurveySweep(self.service.database, desk)

    async def sweep(self) -> int:
        return await self.process().sweep()

    async def answer(self, **said):
        self.keys += 1
        return await self.service.client.answer_survey(
            self.number,
            "cnv_1",
            SurveyAnswer.model_validate(said),
            idempotency_key=f"tap-{self.keys}",
        )

    async def state(self):
        return (await self.service.client.case(self.number, contact_point="cnv_1")).state

    async def event_types(self):
        """The types of what was told since the reply."""
        types = [event.type for event in await self.service.events(self.number)]
        return types[types.index("case.replied") + 1 :]

    async def ask(self):
        self.service.clock.advance(days=1)
        assert await self.sweep() == 1


@pytest.fixture
async def callback(service):
    case = await service.open()
    unit = await service.as_role(Role.UNIT, LANE)
    await unit.sign_in(case.number)
    await unit.reply(case.number, ANSWER)
    return Callback(service, unit, case.number)


async def test_the_citizen_is_asked_on_the_next_working_day_and_not_before(callback):
    assert await callback.sweep() == 0
    callback.service.clock.advance(hours=23)
    assert await callback.sweep() == 0
    callback.service.clock.advance(hours=1)
    assert await callback.sweep() == 1
    assert await callback.sweep() == 0
    assert await callback.state() == "callback"
    asked = (await callback.service.events(callback.number))[-1]
    assert asked.type == "survey.asked"
    assert (asked.data["round"], asked.data["question"]) == (1, "contacted")
    assert asked.data["answer"] == "石板已经铺平"
    assert asked.data["category"]["code"] == "0201"


async def test_many_processes_and_a_long_downtime_ask_once(callback):
    callback.service.clock.advance(days=60)
    await asyncio.gather(*(callback.sweep() for _ in range(5)))
    assert await callback.event_types() == ["survey.asked"]


async def test_nobody_is_asked_at_night_even_after_a_downtime(callback):
    clock = callback.service.clock
    clock.advance(days=2, hours=13)  # 22:00
    await callback.sweep()
    assert await callback.event_types() == []
    clock.advance(hours=9, minutes=59)
    await callback.sweep()
    assert await callback.event_types() == []
    clock.advance(minutes=1)
    await callback.sweep()
    assert clock.now().astimezone(SHANGHAI).hour == 8
    assert await callback.event_types() == ["survey.asked"]


async def test_who_is_satisfied_taps_three_times_and_the_case_is_closed(callback):
    await callback.ask()
    first = await callback.answer(contacted="yes")
    assert (first.question, first.choices) == ("solved", ("yes", "partly", "no"))
    second = await callback.answer(solved="yes")
    assert second.question == "satisfaction"
    last = await callback.answer(satisfaction="very_satisfied")
    assert (last.question, last.end, last.outcome) == (None, "answered", "closed")
    assert await callback.state() == "closed"
    assert await callback.event_types() == [
        "survey.asked",
        "case.rated",
        "case.closed",
        "survey.ended",
    ]
    closed = (await callback.service.events(callback.number))[-2]
    assert closed.data["end"] == "answered"


async def test_a_helper_whose_task_is_open_has_a_clock_again_when_the_case_goes_back(service):
    case = await service.open()
    unit, clerk = await service.as_role(Role.UNIT, LANE), await service.as_role(Role.CLERK)
    await unit.sign_in(case.number)
    soon = service.clock.now() + timedelta(hours=8)
    task = AddHelper(unit="WORKS", what="看看下面的管子", until=soon)
    await clerk.move(case.number, "add-helper", task)
    await unit.reply(case.number, ANSWER)
    assert "task" not in [item.kind for item in (await clerk.case(case.number)).clocks]

    callback = Callback(service, unit, case.number)
    await callback.ask()
    await callback.answer(contacted="no", solved="no", satisfaction="dissatisfied")
    await callback.answer(words="还是松的")
    await callback.answer(may_contact="yes")
    back = await clerk.case(case.number)
    (again,) = [item for item in back.clocks if item.kind == "task"]
    assert (back.state, again.unit.code, again.due_at) == ("rehandling", "WORKS", back.due_at)


async def test_not_solved_goes_back_to_the_unit_with_the_reason(callback):
    await callback.ask()
    out = await callback.answer(contacted="no", solved="no", satisfaction="very_dissatisfied")
    assert out.question == "reason"
    assert await callback.state() == "callback"
    out = await callback.answer(words="根本没人来过")
    assert (out.reason, out.question) == ("other", "may_contact")
    out = await callback.answer(may_contact="yes")
    assert (out.outcome, out.unit.code) == ("rehandling", LANE)
    event = next(
        item
        for item in await callback.service.events(callback.number)
        if item.type == "case.rehandling"
    )
    assert event.data["unit"]["code"] == LANE
    assert event.data["next"] == "reply"
    assert event.data["due_at"] > callback.service.clock.now().isoformat()
    assert "根本没人来过" not in str(event.data)
    history = await callback.unit.history(callback.number)
    assert history.entries[-1].move == "rehandle"
    assert history.entries[-1].reason == "根本没人来过"


async def test_a_second_round_keeps_the_first_rating(callback):
    await callback.ask()
    await callback.answer(
        contacted="no",
        solved="no",
        satisfaction="dissatisfied",
        reason="not_done",
        may_contact="no",
    )
    await callback.unit.reply(callback.number, ANSWER)
    callback.service.clock.advance(days=1)
    assert await callback.sweep() == 1
    out = await callback.answer(round=2, contacted="yes", solved="yes", satisfaction="satisfied")
    assert (out.round, out.outcome) == (2, "closed")
    assert (out.first.solved, out.first.satisfaction) == ("no", "dissatisfied")
    assert (out.final.solved, out.final.satisfaction) == ("yes", "satisfied")


async def test_a_button_of_the_first_round_does_not_answer_the_second(callback):
    await callback.ask()
    await callback.answer(
        round=1,
        contacted="no",
        solved="no",
        satisfaction="dissatisfied",
        reason="not_done",
        may_contact="no",
    )
    await callback.unit.reply(callback.number, ANSWER)
    callback.service.clock.advance(days=1)
    await callback.sweep()
    late = await callback.answer(round=1, solved="yes")
    assert (late.taken, late.final.solved) == ("late", None)
    entry = (await callback.unit.history(callback.number)).entries[-1]
    assert (entry.move, entry.because[0].code) == ("remark", "late_survey_answer")


async def test_a_second_disappointment_is_supervised_and_a_third_assessed_jointly(callback):
    no = {
        "contacted": "no",
        "solved": "no",
        "satisfaction": "dissatisfied",
        "reason": "not_done",
        "may_contact": "no",
    }
    await callback.ask()
    assert (await callback.answer(**no)).outcome == "rehandling"
    moves = []
    for _ in range(2):
        await callback.unit.reply(callback.number, ANSWER)
        await callback.ask()
        outcome = (await callback.answer(**no)).outcome
        entries = (await callback.unit.history(callback.number)).entries
        moves.append((outcome, entries[-1].move))
    assert moves == [("rehandling", "supervise"), ("assessment", "open_assessment")]
    assert await callback.state() == "assessment"


async def test_partly_solved_is_taken_up_again_when_the_citizen_wants_it(callback):
    await callback.ask()
    out = await callback.answer(contacted="yes", solved="partly", satisfaction="fairly_satisfied")
    assert out.question == "rehandle"
    assert (await callback.answer(rehandle="yes")).outcome == "rehandling"


async def test_silence_is_reminded_of_twice_then_called_then_unreached_never_satisfied(
    callback,
):
    await callback.ask()
    clock = callback.service.clock
    for days in (1, 2, 4, 7):
        clock.advance(days=days)
        assert await callback.sweep() == 1
        assert await callback.sweep() == 0
    assert await callback.event_types() == [
        "survey.asked",
        "survey.reminded",
        "survey.reminded",
        "case.closed",
        "survey.ended",
    ]
    out = await callback.service.client.survey(callback.number, contact_point="cnv_1")
    assert (out.end, out.final.solved, out.outcome) == ("unreached", None, "closed")
    history = await callback.unit.history(callback.number)
    assert "rate" not in [entry.move for entry in history.entries]


async def test_who_says_not_solved_and_no_more_is_still_heard(callback):
    await callback.ask()
    await callback.answer(solved="no")
    callback.service.clock.advance(days=1)
    assert await callback.sweep() == 1
    assert await callback.state() == "rehandling"


async def test_a_late_answer_is_kept_as_a_remark_once(callback):
    await callback.ask()
    for _ in range(4):  # two reminders, a call to make, and nobody made it
        callback.service.clock.advance(days=10)
        assert await callback.sweep() == 1
    assert await callback.state() == "closed"
    late = await callback.answer(round=1, solved="no", words="后来又坏了")
    assert (late.taken, late.end) == ("late", "unreached")
    assert await callback.state() == "closed"
    entry = (await callback.unit.history(callback.number)).entries[-1]
    assert (entry.move, entry.note) == ("remark", "后来又坏了")


async def test_a_tap_that_repeats_what_was_said_in_time_leaves_no_remark(callback):
    await callback.ask()
    await callback.answer(contacted="yes", solved="yes", satisfaction="satisfied")
    before = len((await callback.unit.history(callback.number)).entries)
    assert (await callback.answer(round=1, solved="yes")).taken == "late"
    assert len((await callback.unit.history(callback.number)).entries) == before


async def test_an_answer_before_the_question_spares_the_question(callback):
    out = await callback.answer(contacted="yes", solved="yes", satisfaction="satisfied")
    assert out.outcome == "closed"
    callback.service.clock.advance(days=30)
    assert await callback.sweep() == 0
    assert "survey.asked" not in await callback.event_types()


async def test_two_taps_at_once_are_both_heard(callback):
    await callback.ask()
    await asyncio.gather(
        callback.service.client.answer_survey(
            callback.number, "cnv_1", SurveyAnswer(contacted="yes"), idempotency_key="a"
        ),
        callback.service.client.answer_survey(
            callback.number, "cnv_1", SurveyAnswer(solved="yes"), idempotency_key="b"
        ),
    )
    out = await callback.service.client.survey(callback.number, contact_point="cnv_1")
    assert (out.contacted, out.final.solved, out.question) == ("yes", "yes", "satisfaction")


async def test_a_tap_sent_twice_counts_once_and_another_citizens_does_not_count(callback):
    await callback.ask()
    for _ in range(2):
        await callback.service.client.answer_survey(
            callback.number, "cnv_1", SurveyAnswer(solved="yes"), idempotency_key="same"
        )
    with pytest.raises(ApiProblem) as refused:
        await callback.service.client.answer_survey(
            callback.number, "cnv_2", SurveyAnswer(solved="no"), idempotency_key="other"
        )
    assert refused.value.code == "case_not_found"
    with pytest.raises(ApiProblem) as refused:
        await callback.unit.answer_survey(
            callback.number, "cnv_1", SurveyAnswer(solved="yes"), idempotency_key="unit"
        )
    assert refused.value.code == "forbidden"


async def test_a_case_without_a_reply_has_no_survey(service):
    case = await service.open()
    with pytest.raises(ApiProblem) as refused:
        await service.client.survey(case.number, contact_point="cnv_1")
    assert (refused.value.status, refused.value.code) == (404, "survey_not_found")


async def test_the_citizens_words_are_sealed(callback):
    await callback.ask()
    await callback.answer(solved="no", words="根本没人来过")
    found = await callback.service.database.read(
        lambda tx: tx.execute(select(survey_table)).mappings().one()
    )
    assert found["solved"] == "no"
    assert "根本" not in bytes(found["words_sealed"]).decode("utf-8", "replace")


async def test_the_running_sweep_asks_as_soon_as_it_is_time(callback):
    clock = callback.service.clock
    supervisor, bell = Supervisor(clock), LocalBell(clock)
    sweep = callback.process()
    running = supervisor.loop(sweep.name, sweep.step, every=15, bell=bell)
    clock.advance(days=1)
    running.start()
    try:
        await clock.sleepers(1)
        assert await callback.event_types() == ["survey.asked"]
        clock.advance(seconds=timedelta(days=1).total_seconds())
        await clock.sleepers(1)
    finally:
        await running.stop()
    assert await callback.event_types() == ["survey.asked", "survey.reminded"]


async def test_whoever_reported_a_wrong_is_asked_how_they_were_treated_not_for_satisfaction(
    service,
):
    case = await service.open(kind="report")
    unit = await service.as_role(Role.UNIT, LANE)
    await unit.sign_in(case.number)
    await unit.reply(case.number, ANSWER)
    callback = Callback(service, unit, case.number)
    await callback.ask()
    await callback.answer(contacted="yes")
    third = await callback.answer(solved="yes")
    assert (third.question, third.choices) == ("treated", ("yes", "partly", "no"))
    complaint = await callback.answer(treated="no")
    assert (complaint.question, complaint.treated) == ("reason", "no")
    await callback.answer(words="态度粗暴")
    out = await callback.answer(may_contact="no")
    assert out.outcome == "rehandling"
    assert out.final.satisfaction is None
