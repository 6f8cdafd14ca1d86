"""Supervision: the inbox, the record of a unit, circulars."""

from datetime import date

import pytest
from case_service import LANE, body_of

from api.jobs.clocks import ClockSweep
from api.people.rules.actor import Role

PERIOD = "since=2026-03-01&until=2026-05-31"


async def get(service, path, role=Role.SUPERVISOR, unit=None):
    return await service.raw("GET", path, token=await service.token(role, unit))


@pytest.fixture
async def neglected(service):
    """A case that its unit has not touched for forty days."""
    case = await service.open()
    service.clock.advance(days=40)
    await ClockSweep(service.database, service.app.state.context.desk).sweep()
    return case


async def test_each_step_is_in_the_inbox_of_its_unit_and_of_the_hotline(service, neglected):
    ours = body_of(await get(service, "/v1/supervision/steps?limit=3", Role.UNIT, LANE))
    assert len(ours["items"]) == 3
    rest = body_of(
        await get(service, f"/v1/supervision/steps?cursor={ours['next']}", Role.UNIT, LANE)
    )
    items = ours["items"] + rest["items"]
    assert {item["number"] for item in items} == {neglected.number}
    answer = {item["step"] for item in items if item["clock"] == "answer"}
    assert {"warn", "urge", "report"} <= answer
    assert sum(item["step"] == "supervise" for item in items) == 1
    assert all(item["by"] == "system" for item in items)
    everything = body_of(await get(service, "/v1/supervision/steps"))
    assert len(everything["items"]) == len(items)
    other = body_of(await get(service, "/v1/supervision/steps", Role.UNIT, "WORKS"))
    assert other["items"] == []


async def test_a_units_record_counts_what_it_missed(service, neglected):
    found = body_of(await get(service, f"/v1/supervision/units?{PERIOD}"))
    (record,) = [item for item in found["items"] if item["unit"]["code"] == LANE]
    assert (record["clocks"], record["overdue"]) == (3, 3)
    assert (record["warned"], record["supervised"], record["reported"]) == (3, 1, 1)
    table = await get(service, f"/v1/supervision/units.csv?{PERIOD}")
    assert table.body.decode("utf-8-sig").splitlines()[1].startswith(f"{LANE},")


async def test_a_neglected_case_is_a_poor_example_with_its_reasons(service, neglected):
    since = neglected.opened_at.date()
    path = f"/v1/supervision/circulars/poor?since={since}&until={date(2026, 5, 31)}"
    found = body_of(await get(service, path))
    (one,) = found["items"]
    assert one["number"] == neglected.number
    assert {"reported_up", "supervised", "late"} <= {why["code"] for why in one["reasons"]}
    assert "王小河" not in str(found)
    table = await get(service, path.replace("poor?", "poor.csv?"))
    assert neglected.number in table.body.decode("utf-8-sig")
    assert body_of(await get(service, path.replace("poor", "exemplary")))["items"] == []


async def test_an_admin_reads_none_of_it_and_a_wrong_period_is_told(service):
    assert (await get(service, "/v1/supervision/steps", Role.ADMIN)).status == 403
    wrong = "/v1/supervision/units?since=2026-05-01&until=2026-03-01"
    assert (await get(service, wrong)).status == 422
    assert (await get(service, "/v1/supervision/steps?cursor=nonsense")).status == 422
