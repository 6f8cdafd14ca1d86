"""Titles of cases: in lists, in no event, sealed at rest, gone with their citizen."""

from contextlib import asynccontextmanager

from case_service import case_service, tiny_catalogue
from sqlalchemy import select

from api import contract
from api.people.rules.actor import Role
from api.store.cases.tables import cases
from solvefirst.nlu import models
from solvefirst.settings import Settings

WORDS = "您好，我叫王小河，老街街道灯市口3号门前的石板松了，已经绊倒两个人，电话13800001234"
TITLE = "老街街道灯市口门前的石板松了"


@asynccontextmanager
async def titling(url, clock, var):
    """A case service that titles its cases."""
    understanding = models.behind_cases(Settings(var=var), tiny_catalogue())
    async with case_service(url, clock, understanding=understanding) as service:
        yield service


async def test_a_case_is_called_by_its_citizens_words_without_their_data(
    database_url, clock, tmp_path
):
    async with titling(database_url, clock, tmp_path) as service:
        case = await service.open(category="0201", happened=WORDS)
        assert case.title == TITLE
        clerk = await service.as_role(Role.CLERK)
        own = await service.client.cases(contact_point="cnv_1")
        assert all(TITLE not in str(event.data) for event in await service.events(case.number))
        for seen in (await clerk.case(case.number), own.items[0]):
            assert seen.title == TITLE
        sealed = await service.database.read(lambda tx: tx.scalar(select(cases.c.title_sealed)))
        assert "石板".encode() not in sealed


async def test_a_name_that_is_given_apart_is_left_out(sqlite_url, clock, tmp_path):
    async with titling(sqlite_url, clock, tmp_path) as service:
        case = await service.open(
            category="0201",
            happened="阿不都热合曼家门前的石板松了",
            contact=contract.Contact(name="阿不都热合曼", phone="13800001234"),
        )
        assert case.title == "家门前的石板松了"


async def test_words_that_say_nothing_and_a_service_that_reads_none_give_no_title(
    sqlite_url, clock, tmp_path
):
    async with titling(sqlite_url, clock, tmp_path) as service:
        assert (await service.open(category="0201", happened="您好！")).title is None
    async with case_service(sqlite_url, clock) as service:
        assert (await service.open("key-2", category="0201", happened=WORDS)).title is None


async def test_a_split_case_has_a_title_of_its_own(sqlite_url, clock, tmp_path):
    async with titling(sqlite_url, clock, tmp_path) as service:
        case = await service.open(category="0201", happened=WORDS)
        clerk = await service.as_role(Role.CLERK)
        order = contract.Split(reason="另一件事", category="0101", happened="桥下堆着旧家具没人搬")
        await clerk.move(case.number, "split", order)
        listed = await service.client.cases(contact_point="cnv_1")
        assert {item.title for item in listed.items} == {TITLE, "桥下堆着旧家具没人搬"}


async def test_who_follows_anothers_case_is_not_told_its_title(sqlite_url, clock, tmp_path):
    async with titling(sqlite_url, clock, tmp_path) as service:
        first = await service.open(category="0201", happened=WORDS)
        second = await service.open(
            "key-2", contact_point="cnv_2", category="0201", happened="石板翘起来一块"
        )
        clerk = await service.as_role(Role.CLERK)
        await clerk.move(second.number, "merge", contract.Merge(into=first.number))
        seen = await service.client.case(second.number, contact_point="cnv_2")
        assert (seen.title, seen.follows.title) == ("石板翘起来一块", None)


async def test_with_its_citizen_a_title_is_forgotten(sqlite_url, clock, tmp_path):
    async with titling(sqlite_url, clock, tmp_path) as service:
        case = await service.open(category="0201", happened=WORDS)
        await service.client.erase_citizen("cnv_1", withdraw=True)
        clerk = await service.as_role(Role.CLERK)
        assert (await clerk.case(case.number)).title is None
        assert (
            await service.database.read(lambda tx: tx.scalar(select(cases.c.title_sealed))) is None
        )
