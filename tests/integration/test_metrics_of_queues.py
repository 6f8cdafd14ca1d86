"""What `/metrics` tells of the queues, on SQLite and on PostgreSQL."""

from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry
from scraping import Scraped
from sqlalchemy import insert, update

from api.store.events.tables import event
from api.webhooks.tables import webhook_delivery, webhook_subscriber
from bot.store.tables import conversation, inbox, outbox, telegram_update
from kernel.database.database import Database
from kernel.jobs.tables import RUN
from solvefirst.dead_letters import QUEUES
from solvefirst.metrics import queues
from solvefirst.metrics.endpoint import written


@pytest.fixture
async def database(database_url):
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
def put(database):
    async def put(table, **values):
        await database.run(lambda tx: tx.execute(insert(table).values(**values)))

    return put


@pytest.fixture
def scrape(database, clock):
    async def scrape() -> Scraped:
        stores = {"bot": database, "api": database}
        found = await queues.families(stores, clock.now())
        return Scraped(written(CollectorRegistry(), found).decode())

    return scrape


@pytest.fixture
async def citizen(put, clock):
    await put(
        conversation,
        id="cnv_1",
        channel="telegram",
        address_index=b"a",
        address=b"a",
        mode="bot",
        received=3,
        answered=1,
        last_event=9,
        unsent=0,
        fence=0,
        free_at=clock.now(),
        created_at=clock.now(),
    )
    return "cnv_1"


async def test_stores_without_anything_to_do_tell_zeros(database, scrape):
    metrics = await scrape()
    assert [value for _, value in metrics.labelled("solvefirst_store_up")] == [1, 1]
    queues = {labels["queue"] for labels, _ in metrics.labelled("solvefirst_queue_rows")}
    other = {"jobs"} if database.dialect == "postgresql" else set()  # they are procrastinate's
    assert queues == set(QUEUES) - other
    assert {labels["queue"] for labels, _ in metrics.labelled("solvefirst_dead_letters")} == set(
        QUEUES
    )
    for name in ("queue_rows", "queue_oldest_due_seconds", "dead_letters"):
        found = metrics.labelled(f"solvefirst_{name}")
        assert found
        assert {value for _, value in found} == {0}


async def test_an_unanswered_message_is_told_with_its_age(put, citizen, scrape, clock):
    for sequence, seconds in ((1, 900), (2, 60), (3, 10)):
        await put(
            inbox,
            conversation_id=citizen,
            sequence=sequence,
            message_id=str(sequence),
            event=sequence,
            received_at=clock.now() - timedelta(seconds=seconds),
            attempts=0,
        )
    metrics = await scrape()
    assert metrics.value("solvefirst_queue_rows", queue="inbox", state="due") == 1
    assert metrics.value("solvefirst_queue_oldest_due_seconds", queue="inbox") == 60


async def test_the_outbox_is_told_by_channel_and_by_what_it_holds(put, citizen, scrape, clock):
    rows = [
        ("telegram", 0, -30), ("telegram", 0, -5), ("telegram", 0, 8), ("telegram", 1, 60),
        ("web", 0, -7200), ("telegram", 2, -3), ("rest", 0, -9000),
    ]  # fmt: skip
    for number, (channel, urgency, seconds) in enumerate(rows, 1):
        await put(
            outbox,
            conversation_id=citizen,
            event=number,
            status="due",
            created_at=clock.now(),
            channel=channel,
            urgency=urgency,
            due_at=clock.now() + timedelta(seconds=seconds),
        )
    await put(outbox, conversation_id=citizen, event=8, status="sent", created_at=clock.now())
    metrics = await scrape()

    def counted(channel, kind):
        labels = {"queue": "outbox", "channel": channel, "kind": kind}
        return (
            metrics.value("solvefirst_queue_rows", state="due", **labels),
            metrics.value("solvefirst_queue_rows", state="later", **labels),
            metrics.value("solvefirst_queue_oldest_due_seconds", **labels),
        )

    assert counted("telegram", "reply") == (2, 1, 30)
    assert counted("telegram", "progress") == (0, 1, 0)
    assert counted("telegram", "broadcast") == (1, 0, 3)
    # What waits for its citizen to come back is late for nobody.
    assert {labels["channel"] for labels, _ in metrics.labelled("solvefirst_queue_rows")} == {
        "",
        "telegram",
    }


async def test_dead_letters_are_counted_as_doctor_counts_them(put, citizen, scrape, clock):
    dead = {"status": "failed", "dead_at": clock.now(), "created_at": clock.now()}
    await put(outbox, conversation_id=citizen, event=1, body=b"sealed", **dead)
    await put(outbox, conversation_id=citizen, event=2, body=None, **dead)  # cannot be replayed
    await put(
        telegram_update,
        update_id=7,
        body=b"sealed",
        received_at=clock.now(),
        due_at=clock.now(),
        fence=1,
        attempts=10,
        dead_at=clock.now(),
    )
    metrics = await scrape()
    assert metrics.value("solvefirst_dead_letters", queue="outbox") == 1
    assert metrics.value("solvefirst_dead_letters", queue="telegram-updates") == 1
    assert metrics.value("solvefirst_dead_letters", queue="webhooks") == 0
    assert metrics.value("solvefirst_queue_rows", queue="telegram-updates", state="due") == 0


async def test_webhooks_are_told_until_they_are_delivered(database, put, scrape, clock):
    await put(
        webhook_subscriber,
        id="sub_1",
        name="unit",
        url="https://unit.example/",
        secret_sealed=b"s",
        types=[],
        trusted=False,
        active=True,
        created_at=clock.now(),
    )
    for number, state in enumerate(("pending", "pending", "delivered", "dead")):
        await put(
            event,
            id=f"evt_{number}",
            type="case.closed",
            at=clock.now(),
            contact_point="cnv_1",
            order_key=f"evt_{number}",
            seq=1,
            data_sealed=b"d",
        )
        await put(
            webhook_delivery,
            subscriber="sub_1",
            event=f"evt_{number}",
            order_key=f"evt_{number}",
            seq=1,
            state=state,
            attempts=0,
            due_at=clock.now() + timedelta(seconds=(-45, 60, -500, -500)[number]),
            created_at=clock.now(),
            dead_at=clock.now() if state == "dead" else None,
        )
    metrics = await scrape()
    assert metrics.value("solvefirst_queue_rows", queue="webhooks", state="due") == 1
    assert metrics.value("solvefirst_queue_rows", queue="webhooks", state="later") == 1
    assert metrics.value("solvefirst_queue_oldest_due_seconds", queue="webhooks") == 45
    assert metrics.value("solvefirst_dead_letters", queue="webhooks") == 1
    await database.run(lambda tx: tx.execute(update(webhook_delivery).values(state="delivered")))
    metrics = await scrape()
    assert metrics.value("solvefirst_queue_rows", queue="webhooks", state="due") == 0


async def test_background_jobs_are_told_by_task_and_state(put, scrape, clock):
    for number, state in enumerate(("failed", "failed", "running", "done", "cancelled")):
        await put(
            RUN,
            id=f"run_{number}",
            task="tidy",
            payload={},
            state=state,
            done=0,
            position={},
            cancelling=False,
            attempts=1,
            fence=1,
            queued_at=clock.now(),
            updated_at=clock.now(),
        )
    metrics = await scrape()
    found = {labels["state"]: value for labels, value in metrics.labelled("solvefirst_job_runs")}
    assert found == {"failed": 2, "running": 1}
