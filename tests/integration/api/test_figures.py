"""Rates and figures out of what really happened to cases, over the API."""

import csv
import io

import pytest
from case_service import EAST, LANE, body_of
from sqlalchemy import Engine, event

from api.contract import ReplyCase
from api.contract.surveys import SurveyAnswer
from api.people.rules.actor import Role

DAY = "since=2026-03-02&until=2026-03-02"
NOWHERE = None


class City:
    """A service, its people, and what they do in a few words."""

    def __init__(self, service, clock):
        self.service = service
        self.clock = clock
        self.keys = 0

    async def begin(self):
        self.lane = await self.service.as_role(Role.UNIT, LANE)
        self.works = await self.service.as_role(Role.UNIT, "WORKS")
        self.clerk = await self.service.as_role(Role.CLERK)
        self.supervisor = await self.service.token(Role.SUPERVISOR)
        return self

    async def open(self, **changes):
        self.keys += 1
        return (await self.service.open(f"key-{self.keys}", **changes)).number

    async def reply(self, number, unit=None, *, contacted=True):
        unit = unit or self.lane
        await unit.sign_in(number)
        await unit.reply(number, self.answer(contacted=contacted))

    def answer(self, *, contacted=True):
        return ReplyCase.model_validate(
            {
                "claim_true": "yes",
                "contacted": contacted,
                "contacted_at": self.clock.now() if contacted else None,
                "solved": "yes",
                "answer": "铺平了",
            }
        )

    async def rate(self, number, **said):
        self.keys += 1
        return await self.service.client.answer_survey(
            number, "cnv_1", SurveyAnswer.model_validate(said), idempotency_key=f"r{self.keys}"
        )

    async def figures(self, query=DAY, token=None):
        reply = await self.service.raw(
            "GET", f"/v1/figures?{query}", token=token or self.supervisor
        )
        assert reply.status == 200, reply.body
        return body_of(reply)

    async def rates(self, query=DAY, row=None):
        found = await self.figures(query)
        shown = found["total"] if row is None else self.row(found, row)
        return {
            name: (item["numerator"], item["denominator"]) for name, item in shown["rates"].items()
        }

    @staticmethod
    def row(found, key):
        return next(item for item in found["rows"] if item["key"] == key)


@pytest.fixture
async def city(service, clock):
    return await City(service, clock).begin()


async def test_of_no_cases_everything_is_nothing_and_no_rate_is_made_up(city):
    found = await city.figures()
    assert found["rows"] == []
    total = found["total"]
    assert (total["cases"], total["cases_before"], total["change"]) == (0, 0, None)
    assert total["rates"]["solved"] == {"numerator": 0.0, "denominator": 0, "rate": None}
    assert found["duty"] == {"sessions": 0, "questions": 0, "solved": 0, "rate": None}


async def test_the_three_rates_come_from_the_citizens_words_with_halves(city):
    for solved, satisfaction in (
        ("yes", "very_satisfied"),
        ("partly", "fairly_satisfied"),
        ("no", "dissatisfied"),
    ):
        number = await city.open()
        await city.reply(number)
        more = {"reason": "not_done", "may_contact": "no"} if solved == "no" else {}
        more |= {"rehandle": "no"} if solved == "partly" else {}
        await city.rate(number, contacted="yes", solved=solved, satisfaction=satisfaction, **more)
    silent = await city.open()
    await city.reply(silent)
    rates = await city.rates()
    assert rates["solved"] == (1.5, 3)
    assert rates["satisfied"] == (2, 3)
    assert rates["response"] == (4, 4)
    assert rates["overdue"] == (0, 4)


async def test_contact_is_the_units_word_unless_the_citizen_denies_it(city, clock):
    denied = await city.open()
    await city.reply(denied)
    await city.rate(denied, contacted="no", solved="yes", satisfaction="satisfied")
    never = await city.open()
    await city.reply(never, contacted=False)
    waits = await city.open()
    assert (await city.rates())["response"] == (0, 2)
    clock.advance(days=3)
    assert (await city.rates())["response"] == (0, 3)
    await city.reply(waits)
    assert (await city.rates())["response"] == (0, 3), "three days later is too late"


async def test_a_case_is_overdue_once_its_limit_is_over_and_stays_so(city, clock):
    number = await city.open()
    assert (await city.rates())["overdue"] == (0, 0)
    clock.advance(days=10)
    assert (await city.rates())["overdue"] == (1, 1)
    await city.reply(number)
    assert (await city.rates())["overdue"] == (1, 1)
    withdrawn = await city.open()
    clock.advance(days=10)
    await city.service.client.withdraw(withdrawn, "cnv_1", idempotency_key="w")
    assert (await city.rates("since=2026-03-02&until=2026-03-31"))["overdue"] == (1, 1)


async def test_a_second_answer_counts_for_time_and_the_first_and_last_rating_are_both_kept(
    city, clock
):
    number = await city.open()
    clock.advance(hours=1)
    await city.reply(number)
    await city.rate(
        number,
        contacted="yes",
        solved="no",
        satisfaction="very_dissatisfied",
        reason="badly_done",
        may_contact="yes",
    )
    assert (await city.rates())["solved"] == (0, 1)
    clock.advance(hours=2)
    await city.lane.reply(number, city.answer())
    await city.rate(number, contacted="yes", solved="yes", satisfaction="satisfied")
    assert (await city.rates())["solved"] == (1, 1)
    total = (await city.figures())["total"]
    assert total["fastest_minutes"] == 180


async def test_a_return_is_the_units_that_asked_for_it_whoever_holds_the_case_then(city):
    refused, handed_on = await city.open(), await city.open()
    for number in (refused, handed_on):
        await city.lane.return_case(number, "不归我们", "移交清单第 12 项")
    await city.clerk.refuse_return(refused, "归你们")
    await city.clerk.accept_return(handed_on)
    await city.clerk.dispatch(handed_on, "WORKS")
    await city.reply(handed_on, city.works)
    found = await city.figures()
    assert {row["key"]: row["cases"] for row in found["rows"]} == {LANE: 1, "WORKS": 1}
    assert (await city.rates(row=LANE))["returned"] == (2, 2)
    assert (await city.rates(row="WORKS"))["returned"] == (0, 1)
    assert (await city.rates())["returned"] == (2, 3)
    assert found["total"]["cases"] == 2
    assert (await city.rates(row="WORKS"))["overdue"] == (0, 1)


async def test_figures_are_told_apart_and_narrowed_by_what_one_asks(city, clock):
    await city.open()
    await city.open(category="0101", kind="help", place=NOWHERE)
    clock.advance(days=30)
    await city.open()
    wide = "since=2026-03-01&until=2026-04-30"

    async def cases(query):
        found = await city.figures(f"{wide}&{query}")
        return {row["key"]: row["cases"] for row in found["rows"]}

    assert await cases("by=category") == {"0101": 1, "0201": 2}
    assert await cases("by=first_level") == {"01": 1, "02": 2}
    assert await cases("by=street") == {LANE: 2, None: 1}
    assert await cases("by=district") == {EAST: 2, None: 1}
    assert await cases("by=month") == {"2026-03": 2, "2026-04": 1}
    assert await cases("by=day") == {"2026-03-02": 2, "2026-04-01": 1}
    assert await cases("by=unit&category=02") == {LANE: 2}
    assert await cases("by=unit&category=0101") == {"WORKS": 1}
    assert await cases(f"by=unit&place={EAST}") == {LANE: 2}
    assert await cases(f"by=unit&place={LANE}") == {LANE: 2}
    assert await cases("by=unit&place=990102") == {}
    assert await cases("by=unit&kind=help") == {"WORKS": 1}
    assert await cases("by=unit&unit=WORKS") == {"WORKS": 1}
    found = await city.figures(f"{wide}&by=street")
    assert city.row(found, LANE)["names"]["zh"] == "老街街道"


async def test_who_leads_sees_all_a_unit_its_own_and_others_nothing(city, service):
    await city.open()
    await city.open(category="0101", kind="help", place=NOWHERE)
    for role in (Role.LEADER, Role.SUPERVISOR, Role.ADMIN):
        assert (await city.figures(token=await service.token(role)))["total"]["cases"] == 2
    own = await city.figures(f"{DAY}&unit=WORKS", token=await service.token(Role.UNIT, LANE))
    assert [row["key"] for row in own["rows"]] == [LANE]
    assert own["duty"] is None
    for role in (Role.CLERK, Role.SERVICE):
        reply = await service.raw("GET", f"/v1/figures?{DAY}", token=await service.token(role))
        assert (reply.status, body_of(reply)["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("since=2026-03-02&until=2026-03-01", "period_invalid"),
        ("since=2024-03-02&until=2026-03-01", "period_invalid"),
        ("since=2026-03-32&until=2026-03-01", "request_invalid"),
        ("until=2026-03-01", "request_invalid"),
        (f"{DAY}&by=colour", "request_invalid"),
    ],
)
async def test_a_period_that_cannot_be_meant_is_told(city, service, query, code):
    reply = await service.raw("GET", f"/v1/figures?{query}", token=city.supervisor)
    assert (reply.status, body_of(reply)["code"]) == (422, code)


async def test_the_table_opens_in_a_spreadsheet_and_runs_no_formula(city, service):
    number = await city.open()
    await city.reply(number)
    reply = await service.raw("GET", f"/v1/figures.csv?{DAY}&language=zh", token=city.supervisor)
    assert reply.status == 200
    assert reply.body.startswith(b"\xef\xbb\xbf")
    assert reply.headers["content-disposition"].endswith('figures-unit-2026-03-02-2026-03-02.csv"')
    rows = list(csv.DictReader(io.StringIO(reply.body.decode("utf-8-sig"))))
    assert [row["name"] for row in rows] == ["老街街道值班室", "total"]
    assert rows[0]["cases"] == "1"
    assert (rows[0]["response_numerator"], rows[0]["response_rate"]) == ("1.0", "1.0")
    refused = await service.raw(
        "GET", f"/v1/figures.csv?{DAY}", token=await service.token(Role.CLERK)
    )
    assert refused.status == 403


async def test_however_many_cases_there_are_it_is_four_queries(city, service):
    for _ in range(5):
        await city.reply(await city.open())
    asked = []

    def note(_connection, _cursor, statement, *_):
        if statement.lstrip().upper().startswith("SELECT") and "service_token" not in statement:
            asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        await city.figures()
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert len([item for item in asked if "case_facts" in item or "live_" in item]) == 4
