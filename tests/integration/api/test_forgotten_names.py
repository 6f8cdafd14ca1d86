"""Names that an older version kept beyond an erasure go with the upgrade; the history stays."""

import shutil

import pytest
from case_service import LANE
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from api import contract
from api.migrations import MIGRATIONS, VERSION_TABLE
from api.people.rules.actor import Role
from api.store.cases.tables import case_history
from api.store.joint.tables import meeting
from kernel.database.migrate import upgrade


async def because(service):
    def read(tx):
        mine = select(case_history.c.because).where(case_history.c.move == "meet")
        return tx.scalar(mine)

    return await service.database.read(read)


async def met(service, clock):
    """Open a case on which two of a unit and its citizen met."""
    case = await service.open("a")
    unit = await service.as_role(Role.UNIT, LANE)
    await unit.sign_in(case.number)
    until = clock.now().replace(year=clock.now().year + 1)
    order = contract.Meet(participants=("王小河", "工务所"), reason="一起看", until=until)
    await unit.move(case.number, "meet", order)
    return case


async def test_who_met_is_in_the_record_of_the_meeting_alone_and_goes_with_it(service, clock):
    case = await met(service, clock)
    assert "王小河" not in str(await because(service))
    read = await service.database.read(lambda tx: tx.scalar(select(meeting.c.participants)))
    assert read == ["王小河", "工务所"]
    await service.client.erase_citizen("cnv_1", withdraw=True)
    clerk = await service.as_role(Role.CLERK)
    assert (await clerk.case(case.number)).state == "withdrawn"
    assert await service.database.read(lambda tx: tx.scalar(select(meeting.c.participants))) == []


def chain_up_to(name, folder):
    """Copy the migrations until this one, so that no later one runs again."""
    (folder / "versions").mkdir()
    for file in sorted((MIGRATIONS / "versions").glob("*.py")):
        if file.stem <= name:
            shutil.copy(file, folder / "versions")
    return folder


async def test_names_that_an_older_version_wrote_into_the_history_go(service, clock, tmp_path):
    await met(service, clock)
    row = await service.database.read(
        lambda tx: dict(tx.execute(select(case_history)).mappings().first())
    )
    old = [{"code": "met", "params": {"who": "王小河, 工务所", "until": "2027"}}]
    row |= {"seq": 99, "move": "meet", "because": old}

    def as_before(tx):
        tx.execute(case_history.insert(), row)
        tx.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '0023_known_places'"))

    await service.database.run(as_before)
    chain = chain_up_to("0024_forgotten_names", tmp_path)
    upgrade(service.database.engine, chain, VERSION_TABLE)
    kept = await service.database.read(
        lambda tx: tx.scalar(select(case_history.c.because).where(case_history.c.seq == 99))
    )
    assert kept == [{"code": "met", "params": {"until": "2027"}}]
    with pytest.raises(DBAPIError):  # and nobody may edit it since
        await service.database.run(lambda tx: tx.execute(case_history.update().values(move="urge")))
