"""Files that belong to no case yet: how many, and how large, of one network address."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from case_service import CaseService, case_service
from citizens import KEYRING
from some_files import photo, stream
from sqlalchemy import text

from api.client import ApiProblem
from api.domain.attachments.attachment import AttachmentRule
from bot.inbound.attachments import CitizenFiles, FileRefused
from bot.inbound.quotas import Allowed, Quotas
from bot.migrations import MIGRATIONS, VERSION_TABLE
from bot.store.envelope import Envelopes
from kernel.database import migrate
from kernel.database.database import Database
from kernel.ids import RandomIds

HERE, THERE = "198.51.100.7", "198.51.100.8"


@pytest.fixture
async def service(database_url, clock) -> AsyncIterator[CaseService]:
    async with case_service(database_url, clock) as running:
        yield running


def allow(service: CaseService, **rule) -> None:
    context = service.app.state.context
    desk = replace(context.desk, attachment_rule=AttachmentRule(**rule))
    service.app.state.context = replace(
        context, desk=desk, uploads=type(context.uploads)(service.database, desk, context.files)
    )


async def send(service: CaseService, number: int, origin: str | None = HERE):
    client = service.client
    return await client.keep_attachment(stream(photo()), f"cnv_{number}", origin=origin)


async def test_one_origin_has_only_so_many_files_waiting_whoever_they_are_of(service):
    allow(service, origin_waiting=3)
    for number in range(3):
        await send(service, number)
    with pytest.raises(ApiProblem) as refused:
        await send(service, 3)
    assert (refused.value.status, refused.value.params) == (429, {"most": 3})
    await send(service, 3, THERE)
    await send(service, 4, None)


async def test_one_origin_has_only_so_many_bytes_waiting(service):
    size = (await send(service, 0)).size
    allow(service, origin_size=2 * size)
    await send(service, 1)
    with pytest.raises(ApiProblem) as refused:
        await send(service, 2)
    assert refused.value.params == {"max_bytes": 2 * size}


async def test_files_of_one_origin_at_once_do_not_slip_through_together(sqlite_url, clock):
    # On PostgreSQL as many more may as are decoded at the same time.
    async with case_service(sqlite_url, clock) as service:
        allow(service, origin_waiting=3)
        kept = await asyncio.gather(
            *(send(service, number) for number in range(8)), return_exceptions=True
        )
    assert sum(not isinstance(item, Exception) for item in kept) == 3


async def test_a_file_that_a_case_took_waits_no_longer_and_its_origin_is_forgotten(service):
    allow(service, origin_waiting=1)
    sent = await send(service, 1)
    await service.open(attachments=(sent.id,))
    await send(service, 1)
    origins = await service.database.read(
        lambda tx: tx.execute(text("SELECT origin FROM attachment ORDER BY uploaded_at, id")).all()
    )
    assert sorted(origin is None for (origin,) in origins) == [False, True]


async def test_the_citizens_side_tells_an_origin_and_never_the_address(service, tmp_path, clock):
    allow(service, origin_waiting=1)
    database = Database(f"sqlite:///{tmp_path / 'bot.db'}")
    migrate.upgrade(database.engine, MIGRATIONS, VERSION_TABLE)
    keeper = CitizenFiles(
        client=service.client,
        database=database,
        envelopes=Envelopes(KEYRING),
        clock=clock,
        ids=RandomIds(clock),
    )
    await keeper.keep("web", "web_1", stream(photo()), peer=HERE)
    with pytest.raises(FileRefused) as refused:
        await keeper.keep("web", "web_2", stream(photo()), peer=HERE)
    assert (refused.value.status, refused.value.code) == (429, "attachment_limit_reached")
    await keeper.keep("web", "web_2", stream(photo()), peer=THERE)
    origins = await service.database.read(
        lambda tx: tx.execute(text("SELECT origin FROM attachment")).scalars().all()
    )
    assert all(
        len(origin) >= 32 and HERE not in origin and THERE not in origin for origin in origins
    )
    await database.close()


async def test_only_so_many_files_of_one_address_are_under_way_at_once(clock):
    quotas = Quotas(clock, allowed=Allowed(uploads=2, uploads_all=3))
    assert await quotas.open_upload(HERE, "a")
    assert await quotas.open_upload(HERE, "b")
    assert not await quotas.open_upload(HERE, "c")
    assert await quotas.open_upload(THERE, "d")
    assert not await quotas.open_upload("203.0.113.1", "e")
    await quotas.close_upload(HERE, "a")
    assert await quotas.open_upload("203.0.113.1", "e")
