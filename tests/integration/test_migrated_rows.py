"""Rows of an older version that a migration carries over to the lease kit."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

import bot.migrations
import kernel.database.migrate
from bot.channels.telegram import parts
from kernel.database.database import Database
from kernel.database.migrate import upgrade
from kernel.jobs import queue
from kernel.jobs.port import Retry

KERNEL = Path(kernel.database.migrate.__file__).parents[1] / "migrations"
BOT = Path(bot.migrations.MIGRATIONS)
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
async def database(empty_database_url):
    database = Database(empty_database_url)
    yield database
    await database.close()


def upgrade_to(database, chain, number, folder):
    """Migrate with the revisions of a chain up to one."""
    (folder / "versions").mkdir(parents=True)
    for file in sorted((chain / "versions").glob("*.py")):
        if int(file.name[:4]) <= number:
            shutil.copy(file, folder / "versions")
    upgrade(database.engine, folder, "alembic_version_test")


def put(database, table, *rows):
    with database.engine.begin() as connection:
        for row in rows:
            names = ", ".join(row)
            values = ", ".join(f":{name}" for name in row)
            connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)


def moment(database, seconds=0):
    """Write a moment as the database keeps it."""
    when = AT + timedelta(seconds=seconds)
    return when if database.dialect == "postgresql" else when.strftime("%Y-%m-%d %H:%M:%S.%f")


async def test_jobs_that_wait_run_and_failed_go_on_as_such(database, tmp_path):
    upgrade_to(database, KERNEL, 2, tmp_path / "old")
    job = {"task": "greet", "payload": "{}", "due": moment(database), "attempts": 1}
    put(
        database,
        "job",
        job | {"id": 1, "state": "waiting", "dedupe": "a"},
        job
        | {
            "id": 2,
            "state": "running",
            "claim_owner": "one",
            "claim_until": moment(database, 30),
        },
        job | {"id": 3, "state": "failed", "error": "OSError: away"},
    )
    upgrade(database.engine, KERNEL, "alembic_version_test")

    async def claimed(seconds):
        now = AT + timedelta(seconds=seconds)
        claims = await database.run(
            queue.claim,
            owner="two",
            now=now,
            until=now + timedelta(hours=1),
            tasks={"greet": Retry()},
            held=(),
            room=9,
        )
        return [(job.id, job.attempt, job.lease.lapsed) for job in claims.jobs]

    assert await claimed(0) == [(1, 2, False)]
    assert await claimed(30) == [(2, 2, True)]
    (failed,) = await database.read(queue.dead_letters, 9)
    assert (failed.key, failed.attempts, failed.error) == ((3,), 1, "OSError: away")
    assert await database.run(queue.replay, (3,), AT)
    assert await claimed(31) == [(3, 1, False)]


async def test_albums_that_wait_are_claimed_and_done_go_on_as_such(database, tmp_path):
    upgrade_to(database, BOT, 9, tmp_path / "old")
    part = {"address_index": b"a", "body": b"sealed", "received_at": moment(database)}
    put(
        database,
        "telegram_part",
        part | {"album": "1", "number": 1},
        part | {"album": "1", "number": 2},
        part | {"album": "2", "number": 3, "claim": "x", "claimed_at": moment(database)},
        part | {"album": "2", "number": 4, "claim": "x", "claimed_at": moment(database)},
        part | {"album": "2", "number": 5},
        part | {"album": "3", "number": 6, "claim": "y", "done_at": moment(database)},
    )
    upgrade(database.engine, BOT, "alembic_version_test")
    found = await database.run(parts.claim, "one", AT, 9)
    albums = {album.name: [item.number for item in album.parts] for album in found}
    assert albums == {"1": [1, 2], "2": [3, 4]}, "a claim keeps its parts"
    for album in found:
        await database.run(parts.done, album.lease, AT)
    (late,) = await database.run(parts.claim, "one", AT, 9)
    assert [item.number for item in late.parts] == [5]
