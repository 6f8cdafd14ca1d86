"""The figures that the city published of its mechanism, reckoned from records of that size.

Leaders on duty: 61 sessions, 1,203 questions, 804 solved on line, 66.83 %. Complaints about
property management: down by 10.11 % and by 38.46 % against the same month a year earlier. One
district's handling time: from over 3 working days to under 1.5, the fastest 3.5 hours.
"""

from datetime import UTC, datetime, timedelta

import pytest
from case_service import LANE, body_of, order

from api.contract import ReplyCase
from api.live.rules import TalkEnding, TalkState
from api.live.tables import live_session, live_talk
from api.people.rules.actor import Role
from api.people.service.tokens import BOOTSTRAP
from api.people.tables import citizen, contact_point
from api.services.moves.opening import open_case
from kernel.clock import SHANGHAI

ANSWER = ReplyCase.model_validate(
    {"claim_true": "yes", "contacted": False, "solved": "yes", "answer": "铺平了"}
)
SESSIONS, QUESTIONS, SOLVED = 61, 1203, 804
MORNING = datetime(2020, 1, 6, 9, tzinfo=SHANGHAI)


async def figures(service, query):
    token = await service.token(Role.SUPERVISOR)
    reply = await service.raw("GET", f"/v1/figures?{query}", token=token)
    assert reply.status == 200, reply.body
    return body_of(reply)


def write_sessions(tx):
    """61 sessions a few days apart, with all that was asked in them and how it ended."""
    opened = [MORNING + timedelta(days=5 * n) for n in range(SESSIONS)]
    tx.execute(
        live_session.insert(),
        [
            {
                "id": f"ses_{n}",
                "leader": "stf_1",
                "leader_name": "A leader",
                "leader_title": {"zh": "主任", "en": "Director"},
                "unit": "WORKS",
                "scope": {"zh": "物业", "en": "Housing"},
                "opens_at": at,
                "closes_at": at + timedelta(hours=2),
                "ended_at": at + timedelta(hours=2),
            }
            for n, at in enumerate(opened)
        ],
    )
    people = [f"{n}" for n in range(QUESTIONS + 40)]
    tx.execute(citizen.insert(), [{"id": f"ctz_{n}", "created_at": MORNING} for n in people])
    tx.execute(
        contact_point.insert(),
        [
            {
                "id": f"cnv_{n}",
                "citizen": f"ctz_{n}",
                "channel": "web",
                "language": "zh",
                "registered_at": MORNING,
            }
            for n in people
        ],
    )
    talks = []
    for n in range(QUESTIONS + 40):
        at = opened[n % SESSIONS]
        answered = n < QUESTIONS  # the others went away before a leader reached them
        unsolved = (
            TalkEnding.CASE,
            TalkEnding.ASKED,
            TalkEnding.UNSOLVED,
            TalkEnding.CLOSED,
            TalkEnding.SESSION,
        )
        ending = (
            TalkEnding.SOLVED if n < SOLVED else unsolved[n % 5] if answered else TalkEnding.LEFT
        )
        talks.append(
            {
                "id": f"tlk_{n}",
                "session": f"ses_{n % SESSIONS}",
                "contact_point": f"cnv_{n}",
                "channel": "web",
                "language": "zh",
                "ticket": n // SESSIONS + 1,
                "asked_at": at,
                "state": TalkState.ENDED,
                "ending": ending,
                "told_place": 0,
                "fence": 1,
                "lines": 2,
                "case_number": f"2020-{n}" if ending is TalkEnding.CASE else None,
                "joined_at": at + timedelta(minutes=1) if answered else None,
                "ended_at": at + timedelta(minutes=9),
            }
        )
    tx.execute(live_talk.insert(), talks)


async def test_61_sessions_and_804_of_1203_questions_solved_on_line_are_66_83_percent(service):
    await service.database.run(write_sessions)
    found = (await figures(service, "since=2020-01-01&until=2020-12-31"))["duty"]
    assert found == {"sessions": 61, "questions": 1203, "solved": 804, "rate": 0.6683}
    assert f"{found['rate']:.2%}" == "66.83%"


MONTHS = {2026: {5: 178, 6: 13}, 2027: {5: 160, 6: 8}}


async def test_complaints_fell_by_10_11_and_38_46_percent_against_the_year_before(service, clock):
    desk = service.app.state.context.desk
    for year, months in MONTHS.items():
        for month, cases in months.items():
            clock.set(datetime(year, month, 15, 9, tzinfo=SHANGHAI).astimezone(UTC))

            def write(tx, cases=cases, year=year, month=month):
                for n in range(cases):
                    number = f"{year}{month:02}15-{n:06}-0"
                    open_case(tx, desk, BOOTSTRAP, order(), number=number, key=None)

            await service.database.run(write)
    found = await figures(service, "since=2027-05-01&until=2027-06-30&by=month&category=0201")
    assert [
        (row["key"], row["cases"], row["cases_before"], f"{row['change']:.2%}")
        for row in found["rows"]
    ] == [("2027-05", 160, 178, "-10.11%"), ("2027-06", 8, 13, "-38.46%")]
    by_category = await figures(service, "since=2027-05-01&until=2027-05-31&by=category")
    assert by_category["rows"][0]["key"] == "0201"
    assert by_category["rows"][0]["change"] == -0.1011


async def answer_all(service, clock, start, ends):
    """Open as many cases at `start` as there are `ends`, and answer one at each."""
    unit = await service.as_role(Role.UNIT, LANE)
    clock.set(start.astimezone(UTC))
    numbers = [(await service.open(f"{start:%m%d}-{n}")).number for n in range(len(ends))]
    for number, end in zip(numbers, ends, strict=True):
        clock.set(end.astimezone(UTC))
        await unit.sign_in(number)
        await unit.reply(number, ANSWER)


def at(month, day, hour, minute=0):
    return datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI)


async def test_handling_fell_from_over_3_working_days_to_under_1_and_a_half_the_fastest_3_5_hours(
    service, clock
):
    # From a Monday at nine: 3, 4 and, over a weekend that does not count, 5 working days.
    before = [at(3, 5, 9), at(3, 6, 9), at(3, 9, 9)]
    after = [at(4, 13, 12, 30), at(4, 14, 9), at(4, 15, 9), at(4, 15, 9)]
    await answer_all(service, clock, at(3, 2, 9), before)
    await answer_all(service, clock, at(4, 13, 9), after)

    march = (await figures(service, "since=2026-03-01&until=2026-03-31&by=street"))["rows"][0]
    april = (await figures(service, "since=2026-04-01&until=2026-04-30&by=street"))["rows"][0]
    assert (march["key"], march["answered"]) == (LANE, 3)
    assert march["average_days"] == 4.0
    assert april["average_days"] == 1.35, "0.4 + 1 + 2 + 2 days, over four cases"
    assert april["average_days"] < 1.5
    assert april["fastest_minutes"] == 210, "three and a half hours"
    assert april["fastest_days"] == 0.4, "three of seven and a half hours: noon is off"


@pytest.mark.parametrize("hour", [20, 3])
async def test_what_is_solved_at_night_takes_no_working_time_but_has_its_hours(
    service, clock, hour
):
    start = at(3, 3, hour)
    await answer_all(service, clock, start, [start + timedelta(hours=3, minutes=30)])
    total = (await figures(service, "since=2026-03-03&until=2026-03-03"))["total"]
    assert (total["fastest_days"], total["average_days"]) == (0.0, 0.0)
    assert total["fastest_minutes"] == 210
