"""A citizen and a leader: through the citizen's side, the case service, and back by its events."""

import pytest
from case_service import case_service
from citizens import TEXTS, town
from duty import JOINED, Scene, titles
from stores import copied

from api.client import ApiUnavailable
from api.contract.live import EndTalk, FileTalk, Say
from api.live.jobs import LiveSweep
from api.live.service import desk as live_desk
from api.live.service import sessions as live_sessions
from api.people.rules.actor import Actor, Role
from bot.store.modes import Mode

NEXT = TEXTS.words("live_place_next", "zh", place=1, ahead=0)
OTHER = Actor("stf_2", Role.LEADER, "何望山")


@pytest.fixture
async def scene(database_url, migrated_file, tmp_path, clock, ids):
    async with (
        case_service(copied(migrated_file, tmp_path / "cases.db"), clock) as service,
        town(database_url, clock, ids) as place,
    ):
        yield Scene(place, service)


async def test_a_citizen_queues_talks_and_is_asked_whether_it_is_solved(scene):
    await scene.opens()
    assert await scene.say("找领导") == ["排队 1"]
    assert await scene.mode() == Mode.WAITING
    assert await scene.say("老街的路灯坏了") == [NEXT]
    assert await scene.say("三天了") == []
    seat = await scene.first()
    await scene.deliver()
    assert [item.text for item in await scene.hear()] == [JOINED]
    assert await scene.mode() == Mode.LIVE
    assert await scene.say("在吗") == []
    await scene.leader(live_desk.say, seat.id, Say(text="今晚修好", fence=seat.fence))
    await scene.leader(live_desk.say, seat.id, Say(text="明早您再看", fence=seat.fence))
    await scene.leader(live_desk.end, seat.id, EndTalk(fence=seat.fence, how="solved"))
    await scene.deliver()
    heard = await scene.hear()
    assert [item.text for item in heard[:2]] == ["江小舟：今晚修好", "江小舟：明早您再看"]
    assert titles(heard[2]) == ["解决了", "还没解决"]
    assert heard[2].buttons[0].payload == f'/live_solved{{"talk":"{seat.id}","solved":"yes"}}'
    assert await scene.mode() == Mode.BOT
    assert await scene.lines(seat.id) == [
        "老街的路灯坏了",
        "三天了",
        "在吗",
        "今晚修好",
        "明早您再看",
    ]
    assert len(scene.engine.turns) == 1


async def test_the_bot_never_talks_over_the_leader(scene):
    await scene.opens()
    await scene.say("找领导")
    await scene.first()
    # The event that tells of the leader is still on its way, and yet the leader has the message.
    assert await scene.say("您好") == []
    assert await scene.mode() == Mode.LIVE
    await scene.deliver()
    await scene.hear()
    assert await scene.say("/check_progress", metadata={"payload": True}) == [
        TEXTS.words("live_tapped", "zh")
    ]
    assert len(scene.engine.turns) == 1


async def test_a_message_that_comes_when_the_talk_is_over_is_answered_by_the_bot(scene):
    await scene.opens()
    await scene.say("找领导")
    seat = await scene.first()
    await scene.deliver()
    await scene.hear()
    await scene.leader(live_desk.end, seat.id, EndTalk(fence=seat.fence, how="closed"))
    assert await scene.mode() == Mode.LIVE, "the event is still on its way"
    assert await scene.say("还有一件事") == ["1: 还有一件事"]
    assert await scene.mode() == Mode.BOT
    await scene.deliver()
    assert [titles(item) for item in await scene.hear()][-1:] == [["登记成工单", "再次排队"]]


async def test_the_way_back_is_told_in_words_after_silence(scene, clock):
    await scene.opens()
    await scene.say("找领导")
    await scene.first()
    await scene.deliver()
    await scene.say("在吗")
    clock.advance(minutes=3)
    assert await LiveSweep(scene.service.database, scene.service.app.state.context.desk).look() == 1
    await scene.deliver()
    last = (await scene.hear())[-1]
    assert "江小舟这会儿没能回复" in last.text
    assert titles(last) == ["登记成工单", "再次排队"]
    assert await scene.say("那算了") == ["1: 那算了"]


async def test_who_waits_when_the_session_ends_is_told_and_offered_a_case(scene):
    await scene.opens()
    await scene.say("找领导")
    await scene.leader(live_sessions.end_session, scene.session)
    await scene.deliver()
    (frame,) = await scene.hear()
    assert "没能轮到您" in frame.text
    assert titles(frame) == ["登记成工单"]
    assert await scene.mode() == Mode.BOT


async def test_a_place_that_changes_much_is_told_again(scene):
    await scene.opens()
    for address in "abcde":
        await scene.say("找领导", address=address)
    for _ in range(3):
        await scene.first()
    await scene.deliver()
    assert [item.text for item in await scene.hear("d")] == [NEXT]
    assert [item.text for item in await scene.hear("e")] == [
        TEXTS.words("live_place", "zh", place=2, ahead=1)
    ]


@pytest.mark.parametrize("words", ["不等了", "不排了。"])
async def test_a_citizen_leaves_the_queue_by_words(scene, words):
    await scene.opens()
    await scene.say("找领导")
    assert await scene.say(words) == [TEXTS.words("live_left", "zh")]
    assert await scene.mode() == Mode.BOT
    assert await scene.say("你好") == ["1: 你好"]


async def test_a_tap_while_waiting_is_for_the_dialogue(scene):
    await scene.opens()
    await scene.say("找领导")
    said = await scene.say("/check_progress", metadata={"payload": True})
    assert said == ["1: /check_progress"]
    assert await scene.mode() == Mode.WAITING


async def test_emergency_words_come_first_and_the_desk_is_flagged(scene):
    await scene.opens()
    await scene.say("找领导")
    seat = await scene.first()
    await scene.deliver()
    # On a channel that is asked for words, those of the leader's coming are still to be fetched.
    said = await scene.say("家里着火了")
    assert "119" in said[0]
    assert said[1].startswith("副市长江小舟来了")
    shown = await scene.leader(live_sessions.watch, scene.session)
    assert (shown.live[0].id, shown.live[0].danger) == (seat.id, "fire")


async def test_a_case_for_a_named_unit_is_told_with_its_number(scene):
    await scene.opens()
    await scene.say("找领导")
    await scene.say("石板松了")
    seat = await scene.first()
    order = FileTalk(fence=seat.fence, kind="complaint", category="0201", unit="WATER-EAST")
    number = await scene.service.app.state.context.numbers.take()
    await scene.leader(live_desk.file, seat.id, order, number=number)
    await scene.deliver()
    frame = (await scene.hear())[-1].text
    assert number in frame
    assert "东河水厂" in frame
    assert "查询码" in frame
    assert await scene.mode() == Mode.BOT


async def test_an_event_of_an_older_fence_changes_nothing_and_says_nothing(scene):
    await scene.opens()
    await scene.say("找领导")
    seat = await scene.first()
    await scene.leader(live_desk.say, seat.id, Say(text="我来答", fence=seat.fence))
    # The citizen leaves before the leader's words arrive.
    left = await scene.say("/live_leave", metadata={"payload": True})
    assert left == [TEXTS.words("live_left", "zh")]
    assert await scene.say("我走了") == ["1: 我走了"]
    await scene.deliver()
    assert await scene.hear() == []
    assert await scene.mode() == Mode.BOT


async def test_a_repeated_event_is_one_message(scene):
    await scene.opens()
    await scene.say("找领导")
    seat = await scene.first()
    await scene.leader(live_desk.say, seat.id, Say(text="今晚修好", fence=seat.fence))
    for _ in range(2):
        for event in await scene.events():
            await scene.news(event)
    assert [item.text for item in await scene.hear()][1:] == ["江小舟：今晚修好"]
    assert await scene.mode() == Mode.LIVE


async def test_a_seat_taken_over_is_told_and_the_first_one_is_silent(scene):
    await scene.opens()
    await scene.say("找领导")
    seat = await scene.first()
    await scene.leader(live_desk.claim, seat.id, who=OTHER)
    await scene.deliver()
    assert [item.text for item in await scene.hear()][-1].startswith("何望山来了")


async def test_a_page_opened_again_says_nothing_to_the_citizen(scene):
    await scene.opens()
    await scene.say("找领导")
    seat = await scene.first()
    await scene.leader(live_desk.claim, seat.id)
    await scene.deliver()
    assert len(await scene.hear()) == 1


async def test_a_desk_that_is_away_keeps_the_message_and_gets_it_once(scene, monkeypatch, clock):
    await scene.opens()
    await scene.say("找领导")
    seat = await scene.first()
    await scene.deliver()
    await scene.hear()
    asked = scene.service.client.live_message

    async def deaf(*args):
        await asked(*args)
        raise ApiUnavailable("the answer was lost")

    monkeypatch.setattr(scene.service.client, "live_message", deaf)
    assert await scene.say("路灯坏了") == [TEXTS.words("live_kept", "zh")]
    monkeypatch.undo()
    clock.advance(minutes=2)
    assert await scene.bot.turns.sweep() == 1
    await scene.bot.turns.idle()
    assert await scene.lines(seat.id) == ["路灯坏了"]


async def test_a_kill_between_any_two_steps_loses_nothing(scene):
    """After each step the process is begun anew on what is in the tables."""
    await scene.opens()
    await scene.say("找领导")
    scene.start()
    seat = await scene.first()
    scene.start()
    await scene.deliver()
    scene.start()
    assert await scene.say("路灯坏了") == [JOINED]
    scene.start()
    await scene.leader(live_desk.say, seat.id, Say(text="今晚修好", fence=seat.fence))
    scene.start()
    await scene.deliver()
    scene.start()
    await scene.leader(live_desk.end, seat.id, EndTalk(fence=seat.fence, how="solved"))
    scene.start()
    await scene.deliver()
    heard = await scene.hear()
    assert heard[0].text == "江小舟：今晚修好"
    assert titles(heard[-1]) == ["解决了", "还没解决"]
    assert await scene.lines(seat.id) == ["路灯坏了", "今晚修好"]


async def test_words_are_in_the_language_of_the_conversation(scene):
    await scene.opens()
    await scene.say("找领导", language="en")
    await scene.first()
    await scene.deliver()
    assert (await scene.hear())[0].text.startswith("Deputy mayor 江小舟 is here")
