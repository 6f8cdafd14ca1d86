"""A leader on duty: announced, asked for, talked to, and what comes of it."""

from datetime import timedelta

import pytest
from case_service import body_of
from some_files import keep, photo
from sqlalchemy import select

from api.client import ApiProblem
from api.contract.live import LiveMessage
from api.live.jobs import LiveSweep
from api.live.service.parts import topic
from api.live.tables import live_line
from api.people.rules.actor import Role
from api.store.events.events import happening
from api.store.events.tables import event
from kernel import json

TALKS = "/v1/live/talks"


class Duty:
    """A leader with a token, and citizens who write."""

    def __init__(self, service, token: str) -> None:
        self.service = service
        self.token = token
        self.session = ""
        self._said = 0

    async def call(self, method: str, path: str, body=None, *, token=None, **headers):
        sent = None if body is None else json.dumps(body).encode()
        return await self.service.raw(method, path, sent, token=token or self.token, **headers)

    async def post(self, path: str, body=None, **headers):
        return body_of(await self.call("POST", path, body, **headers))

    async def open(self, *, opens: int = 0, minutes: int = 60):
        now = self.service.clock.now()
        answer = await self.call(
            "POST",
            "/v1/live/sessions",
            {
                "name": "江小舟",
                "title": {"zh": "副市长", "en": "Deputy mayor"},
                "unit": "WORKS",
                "scope": {"zh": "道路与照明", "en": "Roads and lighting"},
                "opens_at": (now + timedelta(minutes=opens)).isoformat(),
                "closes_at": (now + timedelta(minutes=opens + minutes)).isoformat(),
            },
        )
        body = body_of(answer)
        self.session = self.session or body.get("id", "")
        return answer

    async def ask(self, citizen: str):
        return await self.service.client.ask_live(citizen, "web")

    async def write(self, citizen: str, text: str, message_id: str = "", danger=None):
        self._said += 1
        order = LiveMessage(message_id=message_id or f"m{self._said}", text=text, danger=danger)
        return await self.service.client.live_message(citizen, order)

    async def talk(self, citizen: str):
        """Queue a citizen and take the seat."""
        asked = await self.ask(citizen)
        return await self.post(f"{TALKS}/{asked.id}/claim")

    async def desk(self):
        return body_of(await self.call("GET", f"/v1/live/sessions/{self.session}/talks"))

    async def figures(self):
        return body_of(await self.call("GET", f"/v1/live/sessions/{self.session}/figures"))

    async def sweep(self) -> int:
        desk = self.service.app.state.context.desk
        return await LiveSweep(self.service.database, desk).look()

    async def events(self, citizen: str):
        """What the citizen's side is told: types and data, in order."""

        def read(tx):
            happenings = (
                happening(row, self.service.keyring)
                for row in tx.execute(
                    select(event)
                    .where(event.c.contact_point == citizen, event.c.type.startswith("live."))
                    .order_by(event.c.id)
                ).mappings()
            )
            return [(item.type, item.data) for item in happenings]

        return await self.service.database.read(read)

    async def event_types(self, citizen: str):
        return [type_ for type_, _ in await self.events(citizen)]


@pytest.fixture
async def duty(service):
    return Duty(service, await service.token(Role.LEADER))


async def test_a_session_is_announced_to_anyone_before_it_opens(duty, service, clock):
    nobody = body_of(await service.raw("GET", "/v1/live/session", token=None))
    assert nobody == {"open": None, "next": None}
    assert (await duty.open(opens=30)).status == 201
    planned = body_of(await service.raw("GET", "/v1/live/session", token=None))
    assert planned["open"] is None
    assert planned["next"]["leader"] == {
        "name": "江小舟",
        "title": {"zh": "副市长", "en": "Deputy mayor"},
    }
    assert planned["next"]["unit"]["code"] == "WORKS"
    clock.advance(minutes=30)
    outcome = await service.client.live_session()
    assert outcome.open is not None
    assert outcome.open.scope.en == "Roads and lighting"
    clock.advance(minutes=60)
    assert (await service.client.live_session()).open is None


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.CITIZEN, Role.SYSTEM, Role.LEADER}))
async def test_only_a_leader_announces_a_session_and_takes_a_seat(on_sqlite, role):
    unit = "WORKS" if role is Role.UNIT else None
    other = Duty(on_sqlite, await on_sqlite.token(role, unit))
    leader = Duty(on_sqlite, await on_sqlite.token(Role.LEADER))
    assert (await other.open()).status == 403
    await leader.open()
    asked = await leader.ask("cnv_1")
    for act in ("claim", "say", "end", "case"):
        body = {
            "say": {"text": "您好", "fence": 0},
            "end": {"fence": 0, "how": "closed"},
            "case": {"fence": 0, "kind": "help", "category": "0201", "unit": "WORKS"},
        }.get(act)
        assert (await other.call("POST", f"{TALKS}/{asked.id}/{act}", body)).status == 403, act


async def test_sessions_do_not_overlap_and_close_after_they_open(duty):
    await duty.open(opens=10, minutes=60)
    assert body_of(await duty.open(opens=30, minutes=60))["code"] == "live_session_overlaps"
    assert (await duty.open(opens=70, minutes=60)).status == 201
    assert body_of(await duty.open(opens=200, minutes=-5))["code"] == "live_session_times_invalid"
    assert body_of(await duty.open(opens=-50, minutes=20))["code"] == "live_session_times_invalid"


async def test_without_a_session_nobody_queues(duty):
    with pytest.raises(ApiProblem, match="live_no_session"):
        await duty.ask("cnv_1")
    await duty.open(opens=10)
    with pytest.raises(ApiProblem, match="live_no_session"):
        await duty.ask("cnv_1")


async def test_who_asks_twice_keeps_the_place(duty):
    await duty.open()
    first, second = await duty.ask("cnv_1"), await duty.ask("cnv_2")
    again = await duty.ask("cnv_1")
    assert (first.place, second.place) == (1, 2)
    assert (again.id, again.place, again.state) == (first.id, 1, "waiting")


async def test_a_citizen_is_told_again_when_the_place_changes_much(duty):
    await duty.open()
    talks = [await duty.ask(f"cnv_{n}") for n in range(1, 6)]
    for talk in talks[:3]:
        await duty.post(f"{TALKS}/{talk.id}/claim")
    assert [data["place"] for _, data in await duty.events("cnv_4")] == [1]
    # From 5 to 2: three nearer. The steps between were not worth a message.
    assert [data["place"] for _, data in await duty.events("cnv_5")] == [2]


async def test_both_sides_are_heard_in_order(duty):
    await duty.open()
    asked = await duty.ask("cnv_1")
    first = await duty.write("cnv_1", "路灯坏了三天")
    assert first.taken
    assert first.tell_place
    assert first.talk.place == 1
    assert not (await duty.write("cnv_1", "在老街")).tell_place
    seat = await duty.post(f"{TALKS}/{asked.id}/claim")
    await duty.post(f"{TALKS}/{asked.id}/say", {"text": "哪一盏？", "fence": seat["fence"]})
    await duty.write("cnv_1", "路口那盏")
    await duty.post(f"{TALKS}/{asked.id}/say", {"text": "今晚修好", "fence": seat["fence"]})
    read = body_of(await duty.call("GET", f"{TALKS}/{asked.id}"))
    assert [(line["by"], line["text"]) for line in read["lines"]] == [
        ("citizen", "路灯坏了三天"),
        ("citizen", "在老街"),
        ("leader", "哪一盏？"),
        ("citizen", "路口那盏"),
        ("leader", "今晚修好"),
    ]
    rest = body_of(await duty.call("GET", f"{TALKS}/{asked.id}?after=3"))
    assert [line["seq"] for line in rest["lines"]] == [4, 5]
    events = await duty.events("cnv_1")
    assert [type_ for type_, _ in events] == ["live.joined", "live.said", "live.said"]
    assert [data.get("text") for _, data in events] == [None, "哪一盏？", "今晚修好"]
    assert {data["fence"] for _, data in events} == {seat["fence"]}


async def test_a_repeated_message_or_answer_is_one_line(duty):
    await duty.open()
    seat = await duty.talk("cnv_1")
    for _ in range(2):
        taken = await duty.write("cnv_1", "路灯坏了", message_id="cnv_1.7")
        assert taken.taken
        order = {"text": "今晚修", "fence": seat["fence"]}
        await duty.post(f"{TALKS}/{seat['id']}/say", order, Idempotency_Key="k1")
    read = body_of(await duty.call("GET", f"{TALKS}/{seat['id']}"))
    assert [line["text"] for line in read["lines"]] == ["路灯坏了", "今晚修"]
    assert await duty.event_types("cnv_1") == ["live.joined", "live.said"]


async def test_an_answer_under_an_older_fence_is_refused_and_not_said(duty, service):
    await duty.open()
    seat = await duty.talk("cnv_1")
    other = Duty(service, await service.token(Role.LEADER))
    taken_over = await other.post(f"{TALKS}/{seat['id']}/claim")
    assert taken_over["fence"] > seat["fence"]
    late = await duty.call(
        "POST", f"{TALKS}/{seat['id']}/say", {"text": "我来答", "fence": seat["fence"]}
    )
    assert (late.status, body_of(late)["code"]) == (409, "seat_lost")
    # Nor does knowing the new fence help: the seat is somebody else's.
    guessed = await duty.call(
        "POST", f"{TALKS}/{seat['id']}/say", {"text": "我来答", "fence": taken_over["fence"]}
    )
    assert body_of(guessed)["code"] == "seat_lost"
    assert await duty.event_types("cnv_1") == ["live.joined", "live.joined"]
    assert body_of(await duty.call("GET", f"{TALKS}/{seat['id']}"))["lines"] == []


async def test_a_page_opened_again_takes_the_seat_without_words_to_the_citizen(duty):
    await duty.open()
    seat = await duty.talk("cnv_1")
    again = await duty.post(f"{TALKS}/{seat['id']}/claim")
    assert again["fence"] == seat["fence"] + 1
    assert [data["again"] for _, data in await duty.events("cnv_1")] == [False, True]


async def test_solved_is_what_the_citizen_confirms(duty, service):
    await duty.open()
    seat = await duty.talk("cnv_1")
    order = {"fence": seat["fence"], "how": "solved"}
    ended = await duty.post(f"{TALKS}/{seat['id']}/end", order)
    assert (ended["state"], ended["ending"]) == ("ended", "asked")
    assert (await duty.figures())["solved"] == 0
    with pytest.raises(ApiProblem, match="live_talk_not_found"):
        await service.client.confirm_live(seat["id"], "cnv_2", solved=True)
    for _ in range(2):
        confirmed = await service.client.confirm_live(seat["id"], "cnv_1", solved=True)
        assert confirmed.ending == "solved"
    with pytest.raises(ApiProblem, match="live_not_asked"):
        await service.client.confirm_live(seat["id"], "cnv_1", solved=False)
    events = await duty.events("cnv_1")
    assert events[-1][0] == "live.ended"
    assert events[-1][1]["how"] == "asked"
    figures = await duty.figures()
    assert (figures["questions"], figures["solved"], figures["rate"]) == (1, 1, 1.0)


async def test_not_solved_puts_the_citizen_back_in_front(duty, service):
    await duty.open()
    seat = await duty.talk("cnv_1")
    await duty.ask("cnv_2")
    order = {"fence": seat["fence"], "how": "solved"}
    await duty.post(f"{TALKS}/{seat['id']}/end", order)
    for _ in range(2):
        back = await service.client.confirm_live(seat["id"], "cnv_1", solved=False)
        assert (back.state, back.place) == ("waiting", 1)
    assert [item["contact_point"] for item in (await duty.desk())["waiting"]] == ["cnv_1", "cnv_2"]


async def test_not_solved_after_the_session_ends_the_talk_unsolved(duty, service, clock):
    await duty.open(minutes=10)
    seat = await duty.talk("cnv_1")
    await duty.post(f"{TALKS}/{seat['id']}/end", {"fence": seat["fence"], "how": "solved"})
    clock.advance(minutes=20)
    outcome = await service.client.confirm_live(seat["id"], "cnv_1", solved=False)
    assert (outcome.state, outcome.ending) == ("ended", "unsolved")


async def test_what_is_not_solved_becomes_a_case_for_the_named_unit(duty, service):
    await duty.open()
    seat = await duty.talk("cnv_1")
    await duty.write("cnv_1", "老街的路灯坏了三天")
    order = {"fence": seat["fence"], "kind": "complaint", "category": "0201", "unit": "WATER-EAST"}
    filed = await duty.call("POST", f"{TALKS}/{seat['id']}/case", order)
    assert filed.status == 201
    case = body_of(filed)
    assert (case["state"], case["unit"]["code"]) == ("dispatched", "WATER-EAST")
    assert case["happened"] == "老街的路灯坏了三天"
    assert case["because"][0]["code"] == "leader_named"
    assert case["access_code"] is None
    mine = await service.client.case(case["number"], contact_point="cnv_1")
    assert mine.unit is not None
    assert mine.unit.code == "WATER-EAST"
    type_, data = (await duty.events("cnv_1"))[-1]
    assert (type_, data["number"], data["unit"]["names"]["en"]) == (
        "live.case",
        case["number"],
        "East Waterworks",
    )
    again = body_of(await duty.call("POST", f"{TALKS}/{seat['id']}/case", order))
    assert again["number"] == case["number"]
    assert len((await service.client.cases(contact_point="cnv_1")).items) == 1
    assert (await duty.figures())["cases"] == 1


async def test_files_of_the_talk_go_along_with_its_case(duty, service):
    await duty.open()
    seat = await duty.talk("cnv_1")
    kept = await keep(service, photo())
    for number, files in enumerate(((kept.id,), (kept.id, "att_dropped_since"))):
        order = LiveMessage(message_id=f"f{number}", text="看照片", attachments=files)
        await service.client.live_message("cnv_1", order)
    order = {"fence": seat["fence"], "kind": "complaint", "category": "0201", "unit": "WORKS"}
    case = body_of(await duty.call("POST", f"{TALKS}/{seat['id']}/case", order))
    clerk = await service.as_role(Role.CLERK)
    assert [item.id for item in (await clerk.attachments(case["number"])).items] == [kept.id]


async def test_a_solved_talk_is_filed_as_answered_online(duty, service):
    await duty.open()
    seat = await duty.talk("cnv_1")
    await duty.write("cnv_1", "石板松了")
    await duty.post(f"{TALKS}/{seat['id']}/end", {"fence": seat["fence"], "how": "solved"})
    order = {"fence": 0, "kind": "complaint", "category": "0201", "unit": "WORKS"}
    early = await duty.call("POST", f"{TALKS}/{seat['id']}/case", order)
    assert body_of(early)["code"] == "live_talk_not_fileable"
    await service.client.confirm_live(seat["id"], "cnv_1", solved=True)
    case = body_of(await duty.call("POST", f"{TALKS}/{seat['id']}/case", order))
    assert (case["state"], case["due_at"]) == ("answered_online", None)
    history = await service.client.history(case["number"], contact_point="cnv_1")
    assert [entry.move for entry in history.entries] == ["submit", "answer_online"]


async def test_a_case_for_nobody_or_of_nothing_is_refused_and_the_seat_stays(duty):
    await duty.open()
    seat = await duty.talk("cnv_1")
    order = {"fence": seat["fence"], "kind": "help", "category": "0201", "unit": "NOBODY"}
    assert (await duty.post(f"{TALKS}/{seat['id']}/case", order))["code"] == "unit_unknown"
    order["unit"] = "WORKS"
    assert (await duty.post(f"{TALKS}/{seat['id']}/case", order))["code"] == (
        "live_talk_not_fileable"
    )
    order |= {"category": "7777", "happened": "石板松了"}
    assert (await duty.post(f"{TALKS}/{seat['id']}/case", order))["code"] == "category_unknown"
    assert (await duty.desk())["live"][0]["id"] == seat["id"]


async def test_three_minutes_of_a_leaders_silence_hand_the_citizen_back(duty, clock):
    await duty.open()
    seat = await duty.talk("cnv_1")
    order = {"text": "您说", "fence": seat["fence"]}
    await duty.post(f"{TALKS}/{seat['id']}/say", order)
    clock.advance(minutes=30)
    assert await duty.sweep() == 0, "the citizen owes the word"
    await duty.write("cnv_1", "路灯坏了")
    clock.advance(minutes=2)
    await duty.write("cnv_1", "在吗")
    assert await duty.sweep() == 0
    clock.advance(minutes=1)
    assert await duty.sweep() == 1
    assert await duty.sweep() == 0
    type_, data = (await duty.events("cnv_1"))[-1]
    assert (type_, data["how"], data["name"]) == ("live.ended", "silence", "江小舟")
    late = await duty.call("POST", f"{TALKS}/{seat['id']}/say", order)
    assert body_of(late)["code"] == "seat_lost"
    # What was under way at that moment is not lost: the bot is told to answer it.
    after = await duty.write("cnv_1", "还在吗")
    assert not after.taken
    assert after.talk.fence > seat["fence"]


async def test_a_leader_who_takes_a_seat_and_says_nothing_is_silent_too(duty, clock):
    await duty.open()
    await duty.talk("cnv_1")
    clock.advance(minutes=3)
    assert await duty.sweep() == 1


async def test_the_end_of_a_session_hands_back_who_waits_and_lets_a_talk_finish(duty, clock):
    await duty.open(minutes=10)
    seat = await duty.talk("cnv_1")
    await duty.post(f"{TALKS}/{seat['id']}/say", {"text": "您好", "fence": seat["fence"]})
    await duty.ask("cnv_2")
    clock.advance(minutes=10)
    assert await duty.sweep() == 1
    type_, data = (await duty.events("cnv_2"))[-1]
    assert (type_, data["how"], data["met"]) == ("live.ended", "session", False)
    said = await duty.call(
        "POST", f"{TALKS}/{seat['id']}/say", {"text": "接着说", "fence": seat["fence"]}
    )
    assert said.status == 200


async def test_a_leader_who_goes_early_hands_everybody_back(duty):
    await duty.open()
    await duty.talk("cnv_1")
    await duty.ask("cnv_2")
    ended = await duty.post(f"/v1/live/sessions/{duty.session}/end")
    assert (ended["state"], ended["waiting"], ended["live"]) == ("closed", 0, 0)
    for citizen in ("cnv_1", "cnv_2"):
        assert (await duty.event_types(citizen))[-1] == "live.ended"
    with pytest.raises(ApiProblem, match="live_no_session"):
        await duty.ask("cnv_3")


async def test_who_leaves_makes_room(duty, service):
    await duty.open()
    await duty.ask("cnv_1")
    await duty.ask("cnv_2")
    for _ in range(2):
        left = await service.client.leave_live("cnv_1")
        assert (left.state, left.ending) == ("ended", "left")
    assert [data["place"] for _, data in await duty.events("cnv_2")] == [1]
    with pytest.raises(ApiProblem, match="live_talk_not_found"):
        await service.client.leave_live("cnv_9")


async def test_a_talk_is_left_only_as_it_stood_under_the_fence_that_is_meant(duty, service):
    await duty.open()
    asked = await duty.ask("cnv_1")
    assert (await service.client.live_talk("cnv_1")).place == 1
    await duty.talk("cnv_1")
    stale = await service.client.leave_live("cnv_1", talk=asked.id, fence=asked.fence)
    assert stale.state == "live", "a leader has taken it since"
    gone = await service.client.leave_live("cnv_1", talk=asked.id, fence=stale.fence)
    assert (gone.state, gone.ending) == ("ended", "left")
    with pytest.raises(ApiProblem, match="live_talk_not_found"):
        await service.client.live_talk("cnv_9")


async def test_danger_is_flagged_and_stands_first_on_the_desk(duty):
    await duty.open()
    for citizen in ("cnv_1", "cnv_2", "cnv_3"):
        await duty.ask(citizen)
    await duty.write("cnv_1", "路灯")
    await duty.write("cnv_3", "家里着火了", danger="fire")
    await duty.write("cnv_3", "快")
    desk = await duty.desk()
    assert [(item["contact_point"], item["danger"]) for item in desk["waiting"]] == [
        ("cnv_3", "fire"),
        ("cnv_1", None),
        ("cnv_2", None),
    ]
    assert desk["waiting"][0]["about"] == "家里着火了"
    assert (desk["session"]["waiting"], desk["session"]["live"]) == (3, 0)


async def test_the_figures_are_counted_from_the_records(duty, service):
    await duty.open()
    for number, confirmed in enumerate((True, True, None), 1):
        seat = await duty.talk(f"cnv_{number}")
        await duty.post(f"{TALKS}/{seat['id']}/end", {"fence": seat["fence"], "how": "solved"})
        if confirmed is not None:
            await service.client.confirm_live(seat["id"], f"cnv_{number}", solved=confirmed)
    await duty.ask("cnv_4")
    assert await duty.figures() == {
        "session": duty.session,
        "asked": 4,
        "questions": 3,
        "solved": 2,
        "unconfirmed": 1,
        "cases": 0,
        "rate": 2 / 3,
    }


async def test_words_and_events_are_sealed(duty, service):
    await duty.open()
    seat = await duty.talk("cnv_1")
    await duty.write("cnv_1", "my name is Wang")
    await duty.post(f"{TALKS}/{seat['id']}/say", {"text": "Hello Wang", "fence": seat["fence"]})

    def blobs(tx):
        lines = tx.execute(select(live_line.c.text_sealed)).scalars().all()
        return [*lines, *tx.execute(select(event.c.data_sealed)).scalars()]

    found = await service.database.read(blobs)
    assert len(found) == 4
    assert not any(b"Wang" in bytes(item) for item in found)


async def test_a_citizens_words_reach_no_other_side(duty, service):
    await duty.open()
    asked = await duty.ask("cnv_1")
    bare = await service.raw("POST", "/v1/live/messages", b'{"message_id":"1","text":"x"}')
    assert body_of(bare)["code"] == "contact_point_required"
    unit = await service.token(Role.UNIT, "WORKS")
    for path in (f"{TALKS}/{asked.id}", f"/v1/live/sessions/{duty.session}/talks"):
        assert (await service.raw("GET", path, token=unit)).status == 403
        assert (await service.raw("GET", path, token=None)).status == 401


async def test_who_watches_is_rung_after_the_commit(duty, service):
    rung = []
    context = service.app.state.context
    object.__setattr__(context.desk, "ring", rung.append)
    await duty.open()
    await duty.ask("cnv_1")
    await duty.write("cnv_1", "路灯")
    assert rung == [topic(duty.session)] * 2


async def test_an_export_holds_the_talk_and_being_forgotten_takes_its_words(duty, service):
    await duty.open()
    seat = await duty.talk("cnv_1")
    await duty.write("cnv_1", "家里着火了", danger="fire")
    await duty.post(f"{TALKS}/{seat['id']}/say", {"text": "先出门", "fence": seat["fence"]})
    ticket = await service.client.export_ticket("cnv_1", "web")
    export = await service.client.redeem_export(ticket.ticket)
    assert [line.text for line in export.talks[0].lines] == ["家里着火了", "先出门"]
    assert export.talks[0].talk.owner is None
    await service.client.erase_citizen("cnv_1")
    read = body_of(await duty.call("GET", f"{TALKS}/{seat['id']}"))
    assert (read["talk"]["state"], read["talk"]["danger"]) == ("ended", None)
    assert [line["text"] for line in read["lines"]] == [None, None]
    late = await duty.call(
        "POST", f"{TALKS}/{seat['id']}/say", {"text": "还在吗", "fence": seat["fence"]}
    )
    assert body_of(late)["code"] == "seat_lost"
    assert (await duty.figures())["questions"] == 1
    assert not [data for _, data in await duty.events("cnv_1") if "text" in data]


async def test_the_words_of_an_old_talk_are_wiped_and_its_figures_stay(duty, service, clock):
    await duty.open()
    held = await duty.talk("cnv_1")
    await duty.write("cnv_1", "路灯坏了", danger="fire")
    await duty.post(f"{TALKS}/{held['id']}/say", {"text": "今晚修好", "fence": held["fence"]})
    await duty.post(f"{TALKS}/{held['id']}/end", {"how": "closed", "fence": held["fence"]})
    going_on = await duty.talk("cnv_2")
    await duty.write("cnv_2", "没有水")
    clock.advance(hours=24)
    assert await service.expire(talks=2) == 0
    assert await service.expire(talks=0.5) == 3  # two lines, and what was seen of danger
    assert await service.expire(talks=0.5) == 0

    async def lines(talk):
        read = body_of(await duty.call("GET", f"{TALKS}/{talk['id']}"))
        return [(line.get("text"), line.get("danger")) for line in read["lines"]]

    assert await lines(held) == [(None, None), (None, None)]
    assert await lines(going_on) == [("没有水", None)]
    assert (await duty.figures())["questions"] == 2


async def test_a_line_beyond_every_line_is_refused_and_breaks_nothing(service):
    token = await service.token(Role.SUPERVISOR)
    path = f"/v1/live/talks/ltk_1?after={2**31}"
    assert (await service.raw("GET", path, token=token)).status == 422
