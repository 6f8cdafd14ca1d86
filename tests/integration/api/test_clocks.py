"""Clocks on a case: started and stopped by its moves, and what they come to by themselves."""

import asyncio
from datetime import timedelta

import pytest
from case_service import LANE, body_of
from sqlalchemy import select

from api.contract import (
    AskExtension,
    AskSupplement,
    GrantExtension,
    Recategorise,
    ReplyCase,
    Resume,
)
from api.jobs.clocks import ClockSweep
from api.people.rules.actor import Role
from api.store.clocks.tables import case_clock, escalation
from api.store.events.tables import event
from api.webhooks.service import wire_subscriber
from api.webhooks.tables import webhook_delivery

ANSWER = ReplyCase.model_validate(
    {"claim_true": "yes", "contacted": False, "solved": "yes", "answer": "石板已经铺平"}
)


class Street:
    """One case that went to a street, and whoever looks after clocks."""

    def __init__(self, service, unit, number):
        self.service, self.unit, self.number = service, unit, number
        self.clock = service.clock

    def process(self) -> ClockSweep:
        """A new process: it knows nothing but the tables."""
        return ClockSweep(self.service.database, self.service.app.state.context.desk)

    async def sweep(self) -> int:
        return await self.process().sweep()

    async def case(self):
        return await self.unit.case(self.number)

    async def clocks(self):
        return {clock.kind: clock for clock in (await self.case()).clocks}

    async def moves(self):
        return [entry.move for entry in (await self.unit.history(self.number)).entries]

    async def all_clocks(self):
        reply = await self.service.raw(
            "GET",
            f"/v1/cases/{self.number}/clocks",
            token=await self.service.token(Role.CLERK),
        )
        assert reply.status == 200
        return body_of(reply)["items"]


@pytest.fixture
async def street(service):
    case = await service.open()
    unit = await service.as_role(Role.UNIT, LANE)
    return Street(service, unit, case.number)


async def test_a_case_at_its_unit_shows_how_long_each_step_may_take(street):
    clocks = await street.clocks()
    assert set(clocks) == {"answer", "sign_in", "contact"}
    answer = clocks["answer"]
    case = await street.case()
    assert answer.due_at == case.due_at
    assert answer.unit.code == LANE
    assert (answer.used, answer.lapsed, answer.paused) == (0, False, False)
    assert answer.left > 0
    await street.unit.sign_in(street.number)
    assert set(await street.clocks()) == {"answer", "contact"}
    await street.unit.reply(street.number, ANSWER)
    assert await street.clocks() == {}
    ended = {clock["kind"]: clock["end"] for clock in await street.all_clocks()}
    assert ended == {"answer": "met", "sign_in": "met", "contact": "met"}


async def test_the_citizen_sees_what_was_promised_and_nothing_else(street):
    case = await street.service.client.case(street.number, contact_point="cnv_1")
    assert [clock.kind for clock in case.clocks] == ["answer"]


async def test_steps_are_taken_each_at_its_time(street):
    await street.unit.sign_in(street.number)
    await street.unit.progress(street.number, "已派人查看")
    assert await street.sweep() == 0
    due = (await street.case()).due_at
    street.clock.set(due - timedelta(minutes=1))
    assert await street.sweep() == 1
    assert (await street.moves())[-1] == "warn"
    street.clock.set(due)
    assert await street.sweep() == 1
    assert (await street.moves())[-1] == "urge"
    street.clock.advance(days=1)
    assert await street.sweep() == 1
    assert "supervised" in (await street.case()).flags
    street.clock.advance(days=30)
    assert await street.sweep() == 1
    assert await street.sweep() == 0
    assert (await street.moves())[-4:] == ["warn", "urge", "supervise", "report_up"]


async def test_after_a_downtime_each_step_is_taken_once_and_the_citizen_hears_one_word(street):
    desk = street.service.app.state.context.desk
    await street.service.database.run(wire_subscriber, desk, "bot", "https://bot.example", "whsec")
    await street.unit.sign_in(street.number)
    await street.unit.progress(street.number, "已派人查看")
    before = len(await street.moves())
    street.clock.advance(days=40)
    await asyncio.gather(*(street.sweep() for _ in range(4)))
    assert (await street.moves())[before:] == ["warn", "urge", "supervise", "report_up"]
    noted = await street.service.database.read(
        lambda tx: (
            tx.execute(select(escalation.c.step).where(escalation.c.number == street.number))
            .scalars()
            .all()
        )
    )
    assert sorted(noted) == ["report", "supervise", "urge", "warn"]
    heard = await street.service.database.read(
        lambda tx: (
            tx.execute(
                select(event.c.type)
                .join(webhook_delivery, webhook_delivery.c.event == event.c.id)
                .where(event.c.order_key == street.number)
                .order_by(event.c.seq)
            )
            .scalars()
            .all()
        )
    )
    assert heard[-1] == "case.supervised"
    assert not {"case.warned", "case.urged", "case.reported_up"} & set(heard)


async def test_details_that_are_asked_for_stop_the_clock_until_they_come(street):
    await street.unit.sign_in(street.number)
    due = (await street.case()).due_at
    street.clock.advance(hours=1)
    await street.unit.move(street.number, "ask-supplement", AskSupplement(note="请补充门牌号"))
    case = await street.case()
    assert case.due_at is None
    paused = {clock.kind: clock.paused for clock in case.clocks}
    assert paused["answer"]
    street.clock.advance(days=30)
    await street.sweep()
    assert "warn" not in await street.moves()
    await street.unit.move(street.number, "resume", Resume(reason="已补充"))
    case = await street.case()
    assert case.due_at > due + timedelta(days=29)
    assert next(clock for clock in case.clocks if clock.kind == "answer").used < 0.1


async def test_an_extension_puts_the_deadline_off(street):
    await street.unit.sign_in(street.number)
    due = (await street.case()).due_at
    until = due + timedelta(days=2)
    await street.unit.move(
        street.number, "ask-extension", AskExtension(reason="要等材料", until=until)
    )
    assert "extension" in await street.clocks()
    clerk = await street.service.as_role(Role.CLERK)
    await clerk.move(street.number, "grant-extension", GrantExtension(note="材料下周才到"))
    clocks = await street.clocks()
    assert "extension" not in clocks
    assert clocks["answer"].due_at == (await street.case()).due_at == until


async def test_a_matter_that_waits_for_a_clerk_has_the_clerks_clock(service):
    case = await service.open(category_confidence=0.1)
    assert [clock.kind for clock in case.clocks] == ["accept"]
    assert case.clocks[0].due_at == case.clerk_by
    assert case.clocks[0].unit is None


async def test_a_case_from_before_there_were_clocks_is_planned_at_the_first_sweep(street):
    def forget(tx):
        tx.execute(case_clock.delete().where(case_clock.c.kind != "answer"))
        tx.execute(case_clock.update().values(step=None, span=0, next_at=street.clock.now()))

    await street.service.database.run(forget)
    assert await street.sweep() == 0
    answer = (await street.clocks())["answer"]
    assert answer.used == 0
    street.clock.set(answer.due_at)
    assert await street.sweep() == 2


async def test_one_clock_that_cannot_be_taken_keeps_no_other_waiting(street):
    other = await street.service.open("key-2", happened="另一块石板也松了")

    def break_it(tx):
        tx.execute(
            case_clock.update().where(case_clock.c.number == other.number).values(kind="nonsense")
        )

    await street.service.database.run(break_it)
    street.clock.advance(days=40)
    assert await street.sweep() > 0
    assert "report_up" in await street.moves()


async def test_a_case_filed_under_a_shorter_category_is_answered_sooner_and_never_later(
    service, street
):
    clerk = await service.as_role(Role.CLERK)
    due = (await street.case()).due_at
    await street.unit.return_case(street.number, "不归我们管", "移交清单")
    shorter = Recategorise(category="0102", reason="是水，不是路")
    filed = await clerk.move(street.number, "recategorise", shorter)
    (answer,) = [clock for clock in filed.clocks if clock.kind == "answer"]
    assert filed.due_at == answer.due_at < due
    assert answer.started_at == filed.opened_at
    assert answer.limit == filed.limit
    back = Recategorise(category="0201", reason="还是路")
    assert (await clerk.move(street.number, "recategorise", back)).due_at == filed.due_at


async def test_a_second_return_is_told_to_the_citizen_once(service, street):
    desk = service.app.state.context.desk
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    await service.database.run(wire_subscriber, desk, "bot", "http://bot/hooks", secret)
    clerk = await service.as_role(Role.CLERK)
    await street.unit.return_case(street.number, "不归我们管", "移交清单")
    await clerk.accept_return(street.number)
    await clerk.dispatch(street.number, "WORKS")
    works = await service.as_role(Role.UNIT, "WORKS")
    await works.return_case(street.number, "也不归我们", "三定方案")

    def announced(tx):
        query = select(event.c.type).join(webhook_delivery, webhook_delivery.c.event == event.c.id)
        return list(tx.execute(query.order_by(event.c.seq)).scalars())

    assert await service.database.read(announced) == [
        "case.returned",
        "case.return_accepted",
        "case.dispatched",
        "case.assessment_opened",
    ]
    everything = [item.type for item in await service.events(street.number)]
    assert everything[-2:] == ["case.returned", "case.assessment_opened"]
