"""Cases that an older version wrote are upgraded and worked on.

`cases_of_0011.json` holds the rows of a database as the software of migration `0011` left them: one
case in each state that one can be in for a while, in the tiny city, sealed with the tests' key.
"""

import base64
import json
import shutil
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from case_service import LANE, case_service
from sqlalchemy import select

import api.people.tables  # noqa: F401 - its tables join the others
from api import contract
from api.contract.surveys import SurveyAnswer
from api.jobs.clocks import ClockSweep
from api.metadata import metadata
from api.migrations import MIGRATIONS, VERSION_TABLE
from api.people.rules.actor import Role
from api.store.cases.tables import case_part
from kernel.clock import ManualClock
from kernel.database.database import Database
from kernel.database.migrate import current, upgrade

OLD = json.loads(Path(__file__).with_name("cases_of_0011.json").read_text("utf-8"))
CASES = OLD["cases"]
LATER = timedelta(hours=1)
ANSWER = contract.ReplyCase(claim_true="yes", contacted=False, solved="yes", answer="石板已经铺平")


def plain(value):
    if not isinstance(value, dict):
        return value
    ((kind, kept),) = value.items() if len(value) == 1 else ((None, value),)
    match kind:
        case "bytes":
            return base64.b64decode(kept)
        case "at":
            return datetime.fromisoformat(kept)
        case "day":
            return date.fromisoformat(kept)
    return value


def fill(url, folder):
    """Make a database of the old schema with the old rows."""
    (folder / "versions").mkdir()
    for file in sorted((Path(MIGRATIONS) / "versions").glob("*.py")):
        if file.name < "0012":
            shutil.copy(file, folder / "versions")
    database = Database(url)
    upgrade(database.engine, folder, VERSION_TABLE)
    assert current(database.engine, VERSION_TABLE) == "0011_marks"
    with database.engine.begin() as connection:
        for name, rows in OLD["rows"].items():
            for row in rows:
                values = {key: plain(value) for key, value in row.items()}
                connection.execute(metadata.tables[name].insert(), values)
    database.engine.dispose()


@pytest.fixture
async def service(empty_database_url, tmp_path):
    fill(empty_database_url, tmp_path)
    clock = ManualClock(datetime.fromisoformat(OLD["at"]))
    async with case_service(empty_database_url, clock) as found:
        yield found


@pytest.fixture
async def unit(service):
    return await service.as_role(Role.UNIT, LANE)


@pytest.fixture
async def clerk(service):
    return await service.as_role(Role.CLERK)


async def sweep(service):
    return await ClockSweep(service.database, service.app.state.context.desk).sweep()


async def test_each_of_them_reads_as_before_with_the_clock_that_it_waits_by(service, clerk):
    waits_by = {
        "submitted": {"accept"},
        "accepted": {"accept"},
        "dispatched": {"answer"},
        "processing": {"answer"},
        "supplement": {"answer"},
        "return_pending": {"answer", "return_decision"},
        "extension_pending": {"answer", "extension"},
        "assessment": {"answer", "assessment"},
        "rehandling": {"rehandle"},
        "replied": set(),
        "callback": {"callback"},
        "closed": set(),
        "merged": set(),
        "together": {"answer", "task", "meeting"},
        "urgent": {"answer"},
    }
    assert set(waits_by) == set(CASES)
    before = {row["number"]: row for row in OLD["rows"]["cases"]}
    for name, number in CASES.items():
        case = await clerk.case(number)
        assert case.happened == "老街门口的石板松了，已经绊倒两个人"
        assert case.due_at == plain(before[number]["due_at"])
        assert (case.state, {clock.kind for clock in case.clocks}) == (
            before[number]["state"],
            waits_by[name],
        )
        history = await clerk.history(number)
        assert history.entries[-1].seq == case.version
    assert await sweep(service) == 0, "nothing has lapsed yet: it is planned"
    parts = await service.database.read(lambda tx: tx.execute(select(case_part)).all())
    assert {tuple(row) for row in parts} == {
        ("WORKS", CASES["assessment"]),
        (LANE, CASES["assessment"]),
        ("WORKS", CASES["together"]),
    }


async def test_work_goes_on_from_every_state(service, unit, clerk):
    await clerk.move(CASES["submitted"], "accept")
    for name in ("submitted", "accepted"):
        assert (await clerk.dispatch(CASES[name], LANE)).state == "dispatched"
    refused = await clerk.move(
        CASES["return_pending"], "refuse-return", contract.RefuseReturn(reason="归你们")
    )
    assert {clock.kind for clock in refused.clocks} == {"answer", "sign_in", "contact"}
    for name in ("submitted", "accepted", "dispatched", "return_pending"):
        await unit.sign_in(CASES[name])
    more = await service.client.add_remark(
        CASES["supplement"], "cnv_supplement", "三号门", idempotency_key="k"
    )
    assert (more.state, more.due_at is not None) == ("processing", True)
    longer = await clerk.move(
        CASES["extension_pending"], "grant-extension", contract.GrantExtension(note="等石料")
    )
    assert longer.due_at == datetime.fromisoformat("2026-03-08T09:30:00+00:00")
    ruled = await clerk.move(
        CASES["assessment"],
        "rule",
        contract.Rule(principle="in_charge", lead=LANE, reason="归街道"),
    )
    assert {clock.kind for clock in ruled.clocks} == {"answer", "sign_in", "contact"}
    await unit.sign_in(CASES["assessment"])
    works = await service.as_role(Role.UNIT, "WORKS")
    await works.move(CASES["together"], "finish-task", contract.FinishTask(reason="看过了"))
    done = contract.FinishMeeting(reason="挖好了")
    together = await unit.move(CASES["together"], "finish-meeting", done)
    assert {clock.kind for clock in together.clocks} == {"answer"}

    for name in (
        "submitted",
        "accepted",
        "dispatched",
        "processing",
        "supplement",
        "return_pending",
        "extension_pending",
        "assessment",
        "rehandling",
        "together",
    ):
        answered = await unit.reply(CASES[name], ANSWER)
        assert (answered.state, answered.clocks) == ("replied", ()), name
    for name in ("replied", "callback", "dispatched"):
        out = await service.client.answer_survey(
            CASES[name],
            f"cnv_{name}",
            SurveyAnswer(contacted="yes", solved="yes", satisfaction="satisfied"),
            idempotency_key=f"tap-{name}",
        )
        assert out.outcome == "closed"
        assert (await clerk.case(CASES[name])).clocks == ()


async def test_who_followed_another_case_goes_on_when_it_is_taken_back(service, unit):
    await service.client.withdraw(CASES["together"], "cnv_together", idempotency_key="k")
    heir = await service.client.case(CASES["merged"], contact_point="cnv_merged")
    assert (heir.state, heir.unit.code) == ("dispatched", LANE)
    assert (await unit.sign_in(CASES["merged"])).state == "processing"


async def test_their_clocks_warn_lapse_and_are_told_of(service, clerk):
    await sweep(service)
    service.clock.advance(days=20)
    assert await sweep(service) > 20
    assert await sweep(service) == 0
    for name in ("submitted", "processing", "supplement", "assessment", "rehandling", "urgent"):
        flags = (await clerk.case(CASES[name])).flags
        assert "reported" in flags, name
