"""`solvefirst dead-letters` on stores of its own."""

import asyncio
import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, select, text, update
from stores import copied
from typer.testing import CliRunner

from api.store.events.tables import event
from api.webhooks.tables import webhook_delivery, webhook_subscriber
from bot.store.tables import conversation, inbox, outbox, telegram_part
from kernel.jobs.tables import JOB
from solvefirst.cli import app
from solvefirst.dead_letters import QUEUES, counted
from solvefirst.settings import Settings
from solvefirst.stores import Stores

ANSI = re.compile(r"\x1b\[[0-9;]*m")
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def stores(tmp_path, migrated_file, monkeypatch):
    monkeypatch.setenv("SOLVEFIRST_VAR", str(tmp_path / "var"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "var").mkdir()
    copied(migrated_file, tmp_path / "var" / "solvefirst.db")
    stores = Stores.open(Settings())
    with stores.bot.engine.begin() as connection:
        _fill_bot(connection)
    with stores.api.engine.begin() as connection:
        _fill_api(connection)
    yield stores
    asyncio.run(stores.close())


def _fill_bot(connection):
    connection.execute(
        insert(conversation).values(
            id="cnv_1",
            channel="telegram",
            address_index=b"a",
            address=b"a",
            mode="bot",
            received=2,
            answered=2,
            last_event=2,
            unsent=0,
            fence=0,
            free_at=AT,
            created_at=AT,
        )
    )
    for number, parked_at in ((1, AT), (2, None)):
        connection.execute(
            insert(inbox).values(
                conversation_id="cnv_1",
                sequence=number,
                message_id=f"m{number}",
                event=number,
                body=b"sealed",
                received_at=AT,
                attempts=5,
                done_at=AT,
                parked_at=parked_at,
                error="TimeoutError",
            )
        )
    for number, status in ((1, "failed"), (2, "sent"), (3, "failed")):
        connection.execute(
            insert(outbox).values(
                conversation_id="cnv_1",
                event=number,
                body=b"sealed",
                status=status,
                created_at=AT,
                channel="telegram",
                attempts=300,
                reason="line down",
                dead_at=AT if status == "failed" else None,
            )
        )

    connection.execute(
        insert(telegram_part).values(
            address_index=b"\x0a\xff",
            album="9",
            number=7,
            first=7,
            body=b"sealed",
            received_at=AT,
            due_at=AT,
            attempts=10,
            error="NetworkError",
            dead_at=AT,
        )
    )


def _fill_api(connection):
    connection.execute(
        insert(JOB).values(
            task="greet", payload={}, due=AT, attempts=8, error="OSError: away", dead_at=AT
        )
    )
    connection.execute(
        insert(webhook_subscriber).values(
            id="sub_1",
            name="unit",
            url="https://unit.example/",
            secret_sealed=b"s",
            types=[],
            trusted=False,
            active=True,
            created_at=AT,
        )
    )
    for id_, state in (("evt_1", "dead"), ("evt_2", "delivered")):
        connection.execute(
            insert(event).values(
                id=id_,
                type="case.closed",
                at=AT,
                contact_point="cnv_1",
                order_key=id_,
                seq=1,
                data_sealed=b"d",
            )
        )
        connection.execute(
            insert(webhook_delivery).values(
                subscriber="sub_1",
                event=id_,
                order_key=id_,
                seq=1,
                state=state,
                attempts=20,
                created_at=AT,
                due_at=AT,
                done_at=AT,
                dead_at=AT if state == "dead" else None,
                error="HTTP 500",
            )
        )


ALL = {"inbox": 1, "jobs": 1, "outbox": 2, "telegram-albums": 1, "webhooks": 1}


def counts(stores):
    found = counted(stores)
    assert set(found) == set(QUEUES)
    return {name: count for name, count in found.items() if count}


def run(*words):
    result = CliRunner().invoke(app, ["dead-letters", *words], env={"COLUMNS": "200"})
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, ANSI.sub("", result.output)


def test_dead_letters_of_both_stores_are_listed_and_counted(stores):
    code, said = run("list")
    assert code == 0
    assert re.search(r"outbox +cnv_1/1 +300 +2026-03-02 09:00 +line down", said)
    assert re.search(r"webhooks +sub_1/evt_1 +20 +2026-03-02 09:00 +HTTP 500", said)
    assert re.search(r"inbox +cnv_1/1 +5 +2026-03-02 09:00 +TimeoutError", said)
    assert re.search(r"jobs +1 +8 +2026-03-02 09:00 +OSError: away", said)
    assert re.search(r"telegram-albums +0aff/9/7 +10 +2026-03-02 09:00 +NetworkError", said)
    assert "cnv_1/2" not in said
    assert "evt_2" not in said
    assert counts(stores) == ALL


def test_one_that_is_replayed_is_due_with_all_its_attempts_and_the_others_stay(stores):
    assert run("replay", "outbox", "cnv_1/1")[0] == 0
    assert run("replay", "webhooks", "sub_1/evt_1")[0] == 0
    assert run("replay", "jobs", "1")[0] == 0
    assert run("replay", "telegram-albums", "0aff/9/7")[0] == 0
    assert run("replay", "inbox", "cnv_1/1")[0] == 0
    with stores.bot.engine.connect() as connection:
        rows = connection.execute(select(outbox.c.status, outbox.c.attempts)).all()
        unsent = connection.scalar(select(conversation.c.unsent))
        part = connection.execute(select(telegram_part.c.dead_at, telegram_part.c.attempts)).one()
    assert [tuple(row) for row in rows] == [("due", 0), ("sent", 300), ("failed", 300)]
    assert unsent == 1
    assert tuple(part) == (None, 0)
    with stores.api.engine.connect() as connection:
        rows = connection.execute(select(webhook_delivery.c.state, webhook_delivery.c.attempts))
        assert [tuple(row) for row in rows] == [("pending", 0), ("delivered", 20)]
    assert counts(stores) == {"outbox": 1}


def test_all_of_a_queue_are_replayed_at_once_and_none_of_another(stores):
    code, said = run("replay", "outbox", "--all")
    assert (code, said.split()[0]) == (0, "2")
    assert counts(stores) == {name: ALL[name] for name in ALL if name != "outbox"}


@pytest.mark.parametrize(
    "words",
    [
        ("outbox", "cnv_1/2"),
        ("outbox", "cnv_1"),
        ("outbox", "cnv_1/x"),
        ("outbox",),
        ("outbox", "cnv_1/1", "--all"),
        ("webhooks", "sub_1/evt_2"),
        ("inbox", "cnv_1/2"),
        ("telegram-albums", "0aff/9/8"),
        ("telegram-albums", "address/9/7"),
        ("posts", "--all"),
    ],
)
def test_what_is_no_dead_letter_is_told_and_nothing_is_changed(stores, words):
    assert run("replay", *words)[0] == 2
    assert counts(stores) == ALL


def test_a_store_without_dead_letters_and_one_without_tables_are_told(stores, monkeypatch):
    with stores.bot.engine.begin() as connection:
        connection.execute(update(outbox).values(dead_at=None, status="sent"))
        connection.execute(update(telegram_part).values(dead_at=None))
        connection.execute(update(inbox).values(parked_at=None))
    with stores.api.engine.begin() as connection:
        connection.execute(update(webhook_delivery).values(state="delivered", dead_at=None))
        connection.execute(update(JOB).values(dead_at=None))
    assert run("list") == (0, "No dead letters.\n")
    monkeypatch.setenv("SOLVEFIRST_VAR", "other")
    code, said = run("list")
    assert code == 2
    assert "solvefirst doctor" in said


@pytest.fixture
def on_postgres(postgres_database_url, tmp_path, monkeypatch):
    monkeypatch.setenv("SOLVEFIRST_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("SOLVEFIRST_DATABASE_URL", postgres_database_url)
    stores = Stores.open(Settings())
    with stores.api.engine.begin() as connection:
        connection.execute(text("TRUNCATE procrastinate_jobs CASCADE"))
        for task in ("greet", "wave", "wait"):
            connection.execute(
                text(
                    "INSERT INTO procrastinate_jobs (queue_name, task_name, args, attempts)"
                    " VALUES (:task, :task, '{\"payload\": {}}', 3)"
                ),
                {"task": task},
            )
        for status in ("doing", "failed"):  # each step is an event, with its time
            connection.execute(
                text(
                    "UPDATE procrastinate_jobs SET status = CAST(:status AS"
                    " procrastinate_job_status) WHERE task_name <> 'wait'"
                ),
                {"status": status},
            )
    yield stores
    with stores.api.engine.begin() as connection:
        connection.execute(text("TRUNCATE procrastinate_jobs CASCADE"))
    asyncio.run(stores.close())


@pytest.mark.postgres
def test_failed_jobs_of_procrastinate_are_listed_counted_and_replayed(on_postgres):
    code, said = run("list")
    assert code == 0
    found = re.findall(r"jobs +(\d+) +3 +\d{4}-\d\d-\d\d \d\d:\d\d +(\w+): see the log", said)
    assert [task for _, task in found] == ["wave", "greet"]
    assert counts(on_postgres) == {"jobs": 2}
    assert run("replay", "jobs", found[0][0])[0] == 0
    assert counts(on_postgres) == {"jobs": 1}
    assert run("replay", "jobs", found[0][0])[0] == 2
    code, said = run("replay", "jobs", "--all")
    assert (code, said.split()[0]) == (0, "1")
    with on_postgres.api.engine.connect() as connection:
        rows = connection.execute(
            text("SELECT status::text, attempts FROM procrastinate_jobs ORDER BY id")
        ).all()
    assert [tuple(row) for row in rows] == [("todo", 0), ("todo", 0), ("todo", 3)]


def test_its_help_tells_what_to_write():
    _, said = run("replay", "--help")
    assert all(word in said for word in ("queue", "key", "--all", "webhooks", "twice"))
