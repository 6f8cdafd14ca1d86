"""No list, search or figure of a bounded period reads a table from end to end: by its own plan."""

from datetime import date

import pytest
from sqlalchemy import Engine, event, text

from api.figures.rules import Grouping, Period
from api.figures.service.figures import FiguresQuery, read_figures
from api.figures.service.supervision import read_marks
from api.people.rules.actor import Actor, Role
from api.services.cases.queue import QueueFilter, read_queue
from api.services.cases.reading import list_cases
from api.services.joint.open_together import read_open
from api.store.cases.queue import Order
from bench.many import write
from bench.parts.lists import CLERK, FILTERS, NOW, desk_at
from kernel.database.database import Database
from kernel.database.migrate import upgrade

CASES = 20_000
UNIT = Actor("stf_2", Role.UNIT, "Works", unit="URBAN")
LEADER = Actor("stf_3", Role.LEADER, "Li")
CITIZEN = Actor("service", Role.SERVICE, contact_point="bench")


@pytest.fixture(scope="module")
def full(postgres_url, tmp_path_factory):
    """A database with a year of cases; the module's tests only read it."""
    from api.migrations import MIGRATIONS, VERSION_TABLE

    admin = Database(postgres_url)
    with admin.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CREATE DATABASE many"))
    admin.engine.dispose()
    before, _, query = postgres_url.partition("?")
    database = Database(f"{before.rpartition('/')[0]}/many?{query}")
    upgrade(database.engine, MIGRATIONS, VERSION_TABLE)
    desk = desk_at(NOW)
    write(database.engine, desk.catalogue, CASES, NOW)
    with database.engine.begin() as connection:
        # Of each unit's open cases another one helps in some.
        connection.execute(
            text(
                "INSERT INTO case_part (unit, number) SELECT CASE WHEN substr(number, 15, 1) < '5'"
                " THEN 'URBAN' ELSE 'WATER' END, number FROM cases WHERE unit <> 'URBAN'"
                " AND state IN ('dispatched', 'processing', 'assessment')"
            )
        )
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET default_statistics_target = 1000"))  # all rows are the sample
        # Rows do not count as visible to all, and the planner uses no index alone, before their
        # commit and those near it are flushed: the ones of VACUUM itself, too.
        connection.execute(text("SET synchronous_commit = on"))
        connection.execute(text("CHECKPOINT"))
        connection.execute(text("VACUUM ANALYZE"))
    yield database, desk
    database.engine.dispose()


async def plans(database, function, *args, **kw):
    """Run a service, and give the plan of each query that it made, with the query."""
    asked = []

    def note(_connection, _cursor, statement, parameters, *_):
        if statement.lstrip().upper().startswith("SELECT"):
            asked.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        await database.read(function, *args, **kw)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    found = []
    with database.engine.connect() as connection:
        for statement, parameters in asked:
            rows = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
            found.append((statement, "\n".join(row[0] for row in rows)))
    return found


def refuse_scans(found, table="cases"):
    for statement, plan in found:
        assert f"Seq Scan on {table}" not in plan, f"{statement}\n{plan}"


pytestmark = pytest.mark.postgres


@pytest.mark.parametrize("name", FILTERS)
async def test_no_queue_of_the_console_scans_the_cases(full, name):
    database, desk = full
    found = await plans(database, read_queue, desk, CLERK, FILTERS[name])
    assert len(found) >= 2, "the counts and a page"
    refuse_scans(found)
    refuse_scans(await plans(database, read_queue, desk, UNIT, FILTERS[name]))


@pytest.mark.parametrize("order", Order)
@pytest.mark.parametrize("name", FILTERS)
async def test_no_list_of_the_api_scans_the_cases(full, name, order):
    database, desk = full
    found = await plans(
        database, list_cases, desk, CLERK, wanted=FILTERS[name], order=order, limit=20
    )
    assert bool(found) is not (name == "closed" and order is Order.DUE), "nothing closed is due"
    refuse_scans(found)
    found = await plans(
        database, list_cases, desk, UNIT, wanted=FILTERS[name], order=order, limit=20
    )
    refuse_scans(found)


@pytest.mark.parametrize("order", Order)
async def test_no_later_page_scans_the_cases(full, order):
    database, desk = full
    page = await database.read(
        list_cases, desk, CLERK, wanted=QueueFilter(), order=order, limit=100
    )
    wanted = QueueFilter(after=page.next)
    refuse_scans(
        await plans(database, list_cases, desk, CLERK, wanted=wanted, order=order, limit=100)
    )


async def test_no_list_of_a_citizen_scans_the_cases(full):
    database, desk = full
    found = await plans(
        database, list_cases, desk, CITIZEN, wanted=QueueFilter(), order=Order.NEWEST, limit=20
    )
    assert len(found) >= 2
    refuse_scans(found)


@pytest.mark.parametrize(("what", "hotline"), [(read_marks, LEADER), (read_open, CLERK)])
async def test_no_page_of_supervision_or_of_work_together_scans_the_cases(full, what, hotline):
    database, desk = full
    for actor in (hotline, UNIT):
        found = await plans(database, what, desk, actor)
        assert len(found) > 2
        refuse_scans(found)


@pytest.mark.parametrize("by", Grouping)
async def test_no_figures_of_a_month_scan_the_facts(full, by):
    database, desk = full
    asked = FiguresQuery(Period(date(2026, 3, 1), date(2026, 3, 31)), by)
    refuse_scans(await plans(database, read_figures, desk, LEADER, asked), "case_facts")
    refuse_scans(await plans(database, read_figures, desk, UNIT, asked), "case_facts")


async def test_a_test_that_looks_for_scans_would_find_one(full):
    database, _ = full
    with pytest.raises(AssertionError):
        refuse_scans(
            await plans(database, lambda tx: tx.execute(text("SELECT max(version) FROM cases")))
        )
