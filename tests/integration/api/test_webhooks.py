"""Events on their way to subscribers: signed, in order, tried for days, repeated after a kill."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import pytest
from case_service import LANE, body_of
from patience import PATIENCE
from sqlalchemy import select

from api.contract import Withdraw
from api.contract.events import CASE_TYPES, Event
from api.contract.signing import derived_secret, verify
from api.domain.lifecycle import Move
from api.jobs.outside import AddressRefused
from api.people.rules.actor import Actor, Role
from api.services.moves import moving
from api.store.events.tables import event as event_table
from api.transport import Unreachable
from api.webhooks.jobs import LEASE, Webhooks
from api.webhooks.service import wire_subscriber
from api.webhooks.tables import webhook_delivery, webhook_subscriber
from kernel import json
from kernel.bell.local import LocalBell
from kernel.supervisor import Supervisor

SECRET = derived_secret("a token", "bot")
BOT = "local:/hooks/events"
CITY = "https://city.example.org/hook"


class Subscribers:
    """Every subscriber at once: what each was sent, and what it answers."""

    def __init__(self):
        self.got: dict[str, list[Event]] = {}
        self.headers: list[Mapping[str, str]] = []
        self.bodies: list[bytes] = []
        self.answers: dict[str, list[int | BaseException]] = {}
        self.holds: dict[str, asyncio.Event] = {}
        self.most = 0
        self._now = 0
        self._arrived = asyncio.Condition()

    async def post(
        self, url: str, headers: Mapping[str, str], body: bytes, *, trusted: bool
    ) -> int:
        self._now += 1
        self.most = max(self.most, self._now)
        try:
            if url in self.holds:
                await self.holds[url].wait()
            await asyncio.sleep(0)
            event = Event.model_validate_json(body)
            self.headers.append(headers)
            self.bodies.append(body)
            answers = self.answers.get(url, [])
            answer = answers.pop(0) if answers else 200
            if isinstance(answer, BaseException):
                raise answer
            if answer == 200:
                async with self._arrived:
                    self.got.setdefault(url, []).append(event)
                    self._arrived.notify_all()
            return answer
        finally:
            self._now -= 1

    async def until(self, count: int, url: str = BOT) -> None:
        """Wait until a subscriber has been told that often."""
        async with asyncio.timeout(PATIENCE), self._arrived:
            await self._arrived.wait_for(lambda: len(self.got.get(url, [])) >= count)

    def types(self, url: str = BOT) -> list[str]:
        return [item.type for item in self.got.get(url, [])]


class Road:
    """A case service with subscribers."""

    def __init__(self, service):
        self.service = service
        self.desk = service.app.state.context.desk
        self.subscribers = Subscribers()

    def process(self, **options) -> Webhooks:
        """A new process that delivers: it knows nothing but the tables."""
        bell = LocalBell(self.service.clock)
        return Webhooks(
            self.service.database,
            self.desk,
            bell,
            self.subscribers,
            Supervisor(self.service.clock),
            **options,
        )

    async def wire_bot(self):
        await self.service.database.run(wire_subscriber, self.desk, "bot", BOT, SECRET)

    async def case(self, key="key-1"):
        """A case that its unit has signed in and told two things of: three events to the bot."""
        case = await self.service.open(key)
        unit = await self.service.as_role(Role.UNIT, LANE)
        await unit.sign_in(case.number)
        await unit.progress(case.number, "one")
        await unit.progress(case.number, "two")
        return case

    async def rows(self):
        query = select(webhook_delivery).order_by(webhook_delivery.c.event)
        return await self.service.database.read(lambda tx: tx.execute(query).mappings().all())

    async def admin(self, method, path, body=None):
        token = await self.service.token(Role.ADMIN)
        return await self.service.raw(method, path, body, token=token)

    async def subscribe(self, **changes):
        body = {"name": "city", "url": CITY} | changes
        reply = await self.admin("POST", "/v1/webhooks", json.dumps(body).encode())
        return reply.status, body_of(reply)


@pytest.fixture
def road(service) -> Road:
    return Road(service)


async def test_events_arrive_in_order_signed_and_once(road):
    await road.wire_bot()
    case = await road.case()
    assert await road.process().deliver_due() == 3
    assert await road.process().deliver_due() == 0
    assert road.subscribers.types() == ["case.signed_in", "case.progress", "case.progress"]
    events = road.subscribers.got[BOT]
    assert [item.data.get("note") for item in events] == [None, "one", "two"]
    assert [item.seq for item in events] == [4, 5, 6]
    assert {(item.order, item.contact_point) for item in events} == {(case.number, "cnv_1")}
    now = road.service.clock.now()
    for headers, body in zip(road.subscribers.headers, road.subscribers.bodies, strict=True):
        assert verify(headers, body, [SECRET], now) == Event.model_validate_json(body).id
    assert {row["state"] for row in await road.rows()} == {"delivered"}


async def test_what_the_receipt_tells_is_not_told_again_to_our_own_side(road):
    await road.wire_bot()
    await road.subscribe()
    await road.service.open()
    await road.process().deliver_due()
    assert road.subscribers.types() == []
    assert road.subscribers.types(CITY) == ["case.submitted", "case.accepted", "case.dispatched"]


async def test_an_event_and_its_deliveries_are_undone_with_the_move(road):
    await road.wire_bot()
    case = await road.service.open()

    def interrupted(tx):
        citizen = Actor("service", Role.SERVICE, contact_point="cnv_1")
        moving.move(tx, road.desk, citizen, case.number, Move.WITHDRAW, Withdraw())
        raise InterruptedError

    with pytest.raises(InterruptedError):
        await road.service.database.run(interrupted)
    assert len(await road.service.events(case.number)) == 3
    assert await road.rows() == []


async def test_a_refusal_holds_back_its_own_case_and_no_other(road, clock):
    await road.wire_bot()
    await road.case("key-1")
    road.subscribers.answers[BOT] = [503]
    await road.process().deliver_due()
    assert road.subscribers.types() == []
    await road.case("key-2")
    await road.process().deliver_due()
    assert len(road.subscribers.types()) == 3
    clock.advance(seconds=2)
    await road.process().deliver_due()
    notes = [item.data.get("note") for item in road.subscribers.got[BOT]]
    assert notes == [None, "one", "two"] * 2


async def test_what_waits_behind_a_failure_waits_as_long_and_goes_on_at_once(road, clock):
    await road.wire_bot()
    await road.case()
    road.subscribers.answers[BOT] = [503, 503, 503]
    for _ in range(3):
        await road.process().deliver_due()
        rows = await road.rows()
        assert len({row["due_at"] for row in rows}) == 1
        assert rows[0]["due_at"] > clock.now()
        clock.set(rows[0]["due_at"])
    await road.process().deliver_due()
    assert len(road.subscribers.types()) == 3


@pytest.mark.parametrize("failure", [500, 404, Unreachable("away"), AddressRefused("not public")])
async def test_every_failure_is_tried_again_ever_more_slowly(road, clock, failure):
    await road.wire_bot()
    await road.case()
    waits = []
    for _ in range(5):
        road.subscribers.answers[BOT] = [failure]
        assert await road.process().deliver_due() == 1
        row = (await road.rows())[0]
        assert (row["state"], row["owner"]) == ("pending", None)
        assert row["error"]
        waits.append((row["due_at"] - clock.now()).total_seconds())
        clock.set(row["due_at"])
    assert waits == [2, 4, 8, 16, 32]
    await road.process().deliver_due()
    assert len(road.subscribers.types()) == 3


async def test_after_days_a_delivery_is_given_up_seen_and_what_follows_goes_on(road, clock):
    await road.wire_bot()
    await road.case()
    road.subscribers.answers[BOT] = [503, 503]
    process = road.process(tried=timedelta(days=3))
    await process.deliver_due()
    clock.advance(days=3)
    await process.deliver_due()
    assert road.subscribers.types() == ["case.progress", "case.progress"]
    listed = body_of(await road.admin("GET", "/v1/webhooks"))["items"][0]
    assert (listed["dead"], listed["pending"], listed["secret"]) == (1, 0, None)
    shown = body_of(await road.admin("GET", f"/v1/webhooks/{listed['id']}/deliveries"))["items"]
    assert [(item["type"], item["state"], item["error"]) for item in shown] == [
        ("case.signed_in", "dead", "status 503")
    ]
    again = await road.admin("POST", f"/v1/webhooks/{listed['id']}/redeliver", b"{}")
    assert body_of(again) == {"count": 1}
    await road.process().deliver_due()
    assert road.subscribers.types()[-1] == "case.signed_in"


async def test_a_subscriber_that_is_gone_for_good_is_not_asked_again(road):
    await road.wire_bot()
    await road.case()
    road.subscribers.answers[BOT] = [410, 410, 410]
    await road.process().deliver_due()
    assert {row["state"] for row in await road.rows()} == {"dead"}


class Killed(BaseException):
    """The process ends here, with nothing tidied up."""


async def test_a_kill_after_the_claim_repeats_the_post_once_the_claim_has_lapsed(road, clock):
    await road.wire_bot()
    await road.case()
    claimed, _ = await road.process()._claim()
    assert len(claimed) == 1
    assert await road.process().deliver_due() == 0
    clock.advance(seconds=LEASE.total_seconds())
    await road.process().deliver_due()
    assert len(road.subscribers.types()) == 3


async def test_a_kill_after_the_post_repeats_it_under_the_same_id(road, clock, monkeypatch):
    await road.wire_bot()
    await road.case()
    dying = road.process()
    claimed, _ = await dying._claim()
    run = road.service.database.run

    async def killed(*_args, **_kw):
        raise Killed

    monkeypatch.setattr(road.service.database, "run", killed)
    with pytest.raises(Killed):
        await dying._post(claimed[0])
    monkeypatch.setattr(road.service.database, "run", run)
    assert road.subscribers.types() == ["case.signed_in"]
    clock.advance(seconds=LEASE.total_seconds())
    await road.process().deliver_due()
    ids = [item.id for item in road.subscribers.got[BOT]]
    assert (ids[0], len(ids), len(set(ids))) == (ids[1], 4, 3)
    assert {row["state"] for row in await road.rows()} == {"delivered"}


async def test_a_process_that_was_slow_does_not_undo_what_its_successor_did(road, clock):
    await road.wire_bot()
    await road.case()
    slow = road.process()
    claimed, _ = await slow._claim()
    clock.advance(seconds=LEASE.total_seconds())
    await road.process().deliver_due()
    road.subscribers.answers[BOT] = [503]
    await slow._post(claimed[0])
    assert {row["state"] for row in await road.rows()} == {"delivered"}


async def test_a_post_that_outlived_its_lease_does_not_undo_the_next_claim_of_its_process(
    road, clock
):
    await road.wire_bot()
    await road.case()
    process = road.process()
    (slow,), _ = await process._claim()
    clock.advance(seconds=LEASE.total_seconds())
    (again,), _ = await process._claim()
    assert again.event.id == slow.event.id
    road.subscribers.answers[BOT] = [503]
    await process._post(slow)
    row = (await road.rows())[0]
    assert (row["owner"], row["due_at"]) == (process._owner, clock.now() + LEASE)


async def test_two_processes_deliver_beside_each_other_without_repeats(road):
    await road.wire_bot()
    for number in range(6):
        await road.case(f"key-{number}")
    await asyncio.gather(*(road.process().deliver_due() for _ in range(3)))
    await road.process().deliver_due()
    events = road.subscribers.got[BOT]
    assert len(events) == len({item.id for item in events}) == 18
    for order in {item.order for item in events}:
        seqs = [item.seq for item in events if item.order == order]
        assert seqs == sorted(seqs)


async def test_a_slow_subscriber_keeps_nobody_waiting(road):
    await road.wire_bot()
    await road.subscribe()
    for number in range(12):
        await road.case(f"key-{number}")
    road.subscribers.holds[CITY] = asyncio.Event()
    process = road.process()
    await process.start()
    try:
        await road.subscribers.until(36)
        assert road.subscribers.types(CITY) == []
        assert road.subscribers.most <= 16
        road.subscribers.holds.pop(CITY).set()
        await road.subscribers.until(72, CITY)
    finally:
        await process.stop()


async def test_a_commit_rings_and_the_event_is_posted_at_once(service, clock):
    road = Road(service)
    await road.wire_bot()
    case = await service.open()
    unit = await service.as_role(Role.UNIT, LANE)
    bell = LocalBell(clock)
    object.__setattr__(road.desk, "ring", bell.ring)
    process = Webhooks(
        service.database, road.desk, bell, road.subscribers, Supervisor(service.clock)
    )
    await process.start()
    try:
        await clock.sleepers(1)
        await unit.sign_in(case.number)
        await road.subscribers.until(1)
    finally:
        await process.stop()
    assert road.subscribers.types() == ["case.signed_in"]


async def test_a_post_that_breaks_unexpectedly_is_a_failed_attempt(road, clock):
    await road.wire_bot()
    await road.case()
    road.subscribers.answers[BOT] = [ZeroDivisionError("odd")]
    await road.process().deliver_due()
    first = (await road.rows())[0]
    assert (first["attempts"], first["error"]) == (1, "ZeroDivisionError")
    clock.advance(hours=1)
    assert await road.process().deliver_due() == 3


async def test_a_stop_hands_back_what_it_holds(road):
    await road.wire_bot()
    await road.case()
    process = road.process()
    await process._claim()
    await process.stop()
    assert await road.process().deliver_due() == 3


async def test_rotation_signs_with_both_secrets_for_a_day(road, clock):
    _, made = await road.subscribe()
    rotated = body_of(await road.admin("POST", f"/v1/webhooks/{made['id']}/rotate-secret"))
    assert rotated["secret"] != made["secret"]
    await road.service.open("key-1")
    await road.process().deliver_due()
    headers, body = road.subscribers.headers[0], road.subscribers.bodies[0]
    for secret in (made["secret"], rotated["secret"]):
        assert verify(headers, body, [secret], clock.now())
    clock.advance(days=1)
    await road.service.open("key-2")
    await road.process().deliver_due()
    headers = road.subscribers.headers[-1]
    assert headers["webhook-signature"].count("v1,") == 1


async def test_a_disabled_subscriber_hears_nothing_and_a_filter_is_kept(road):
    _, made = await road.subscribe(types=["case.closed", "survey.*"])
    await road.case()
    assert await road.rows() == []
    for verb, active in (("disable", False), ("enable", True)):
        reply = await road.admin("POST", f"/v1/webhooks/{made['id']}/{verb}")
        assert body_of(reply)["active"] is active


async def test_only_admins_manage_subscribers_and_our_own_is_not_theirs(road):
    await road.wire_bot()
    await road.wire_bot()
    for role in (Role.CLERK, Role.SERVICE):
        token = await road.service.token(role)
        assert (await road.service.raw("GET", "/v1/webhooks", token=token)).status == 403
    items = body_of(await road.admin("GET", "/v1/webhooks"))["items"]
    assert [item["name"] for item in items] == ["bot"]
    for verb in ("disable", "rotate-secret"):
        path = f"/v1/webhooks/{items[0]['id']}/{verb}"
        assert (await road.admin("POST", path)).status == 403
    assert (await road.admin("POST", "/v1/webhooks/sub_none/disable")).status == 404


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("https://city.example.org/hook", 201),
        ("ftp://city.example.org/hook", 422),
        ("local:/hooks/events", 422),
        ("https://user:secret@city.example.org/", 422),
        ("nothing", 422),
    ],
)
async def test_a_subscriber_has_an_http_address_without_secrets_in_it(road, url, status):
    assert (await road.subscribe(url=url))[0] == status


async def test_a_name_is_given_once(road):
    await road.subscribe()
    status, problem = await road.subscribe(url="https://other.example.org/")
    assert (status, problem["code"]) == (409, "subscriber_name_taken")


async def test_secrets_and_words_are_sealed(road):
    _, made = await road.subscribe()
    await road.case()

    def blobs(tx):
        return [
            *tx.execute(select(webhook_subscriber.c.secret_sealed)).scalars(),
            *tx.execute(select(event_table.c.data_sealed)).scalars(),
        ]

    found = await road.service.database.read(blobs)
    assert len(found) == 7
    for item in found:
        assert made["secret"].encode() not in bytes(item)
        assert b'"note"' not in bytes(item)


async def test_every_event_of_a_case_is_in_the_contract(road):
    case = await road.case()
    assert {event.type for event in await road.service.events(case.number)} <= set(CASE_TYPES)
