"""The desk cannot be reached: whoever waits for a leader or talks to one is told, and kept."""

import pytest
from case_service import case_service
from citizens import TEXTS, town
from duty import JOINED, Scene, titles
from stores import copied

from api.contract.live import Say
from api.live.service import desk as live_desk
from api.live.service import sessions as live_sessions
from bot.live import outages
from bot.store.modes import Mode


def words(key, **parameters):
    return TEXTS.words(key, "zh", **parameters)


NEXT = words("live_place_next", place=1, ahead=0)
BACK_IN_QUEUE = f"{words('live_back')}\n{NEXT}"
BACK_IN_TALK = words("live_back_live", name="江小舟")


@pytest.fixture
async def scene(database_url, migrated_file, tmp_path, clock, ids):
    async with (
        case_service(copied(migrated_file, tmp_path / "cases.db"), clock) as service,
        town(database_url, clock, ids) as place,
    ):
        scene = Scene(place, service)
        await scene.opens()
        await scene.say("找领导")
        yield scene


async def texts(scene):
    return [item.text for item in await scene.hear()]


async def seated(scene):
    seat = await scene.first()
    await scene.deliver()
    assert await texts(scene) == [JOINED]
    return seat


async def test_who_waits_is_told_once_and_told_when_it_goes_on(scene):
    scene.cut()
    await scene.looks()
    assert await texts(scene) == [], "a restart is not worth a word"
    await scene.looks(4)
    assert await texts(scene) == [words("live_away_waiting")]
    scene.mend()
    await scene.looks(2)
    (frame,) = await scene.hear()
    assert frame.text == BACK_IN_QUEUE
    assert titles(frame) == ["不等了"]
    assert await scene.mode() == Mode.WAITING


async def test_who_talks_is_told_and_goes_on_with_the_leader(scene):
    seat = await seated(scene)
    scene.cut()
    await scene.looks(3)
    assert await texts(scene) == [words("live_away_live")]
    assert await scene.say("还在吗") == [words("live_kept")]
    scene.mend()
    await scene.looks()
    assert await texts(scene) == [BACK_IN_TALK]
    assert await scene.lines(seat.id) == ["还在吗"], "at once, not when its next attempt is due"
    await scene.leader(live_desk.say, seat.id, Say(text="在的", fence=seat.fence))
    await scene.deliver()
    assert await texts(scene) == ["江小舟：在的"]


async def test_who_wrote_was_told_in_the_answer_and_not_a_second_time(scene):
    seat = await seated(scene)
    scene.cut()
    assert await scene.say("路灯坏了") == [words("live_kept")]
    await scene.looks(4)
    assert await texts(scene) == []
    scene.mend()
    await scene.looks()
    assert await texts(scene) == [BACK_IN_TALK]
    assert await scene.lines(seat.id) == ["路灯坏了"]


async def test_emergency_words_come_first_with_the_desk_away_too(scene):
    await seated(scene)
    scene.cut()
    said = await scene.say("家里着火了")
    assert "119" in said[0]
    assert said[1] == words("live_kept")


async def test_who_does_not_want_to_wait_is_let_go_at_once_and_the_place_is_given_up(scene):
    scene.cut()
    assert await scene.say("不等了") == [words("live_left")]
    assert await scene.say("你好") == ["1: 你好"]
    scene.mend()
    await scene.looks()
    assert (await scene.service.client.live_talk(await scene.id())).ending == "left"
    assert await texts(scene) == []


async def test_who_left_and_queues_again_keeps_the_place(scene):
    scene.cut()
    await scene.say("不等了")
    scene.mend()
    assert await scene.say("找领导") == ["排队 1"]
    await scene.looks()
    assert (await scene.service.client.live_talk(await scene.id())).state == "waiting"
    assert await scene.mode() == Mode.WAITING


async def test_a_desk_that_stays_away_hands_back_with_words(scene, clock):
    await seated(scene)
    scene.cut()
    await scene.looks(2)
    await texts(scene)
    assert await scene.say("路灯坏了三天") == [words("live_kept")]
    clock.advance(minutes=3)
    await scene.looks()
    handed, answered = await scene.hear()
    assert handed.text == words("live_away_handed")
    assert titles(handed) == ["登记成工单"]
    assert answered.text == "1: 路灯坏了三天", "the bot takes up what the leader never saw"
    assert await scene.mode() == Mode.BOT
    scene.mend()
    await scene.looks()
    (back,) = await scene.hear()
    assert back.text == words("live_back_handed")
    assert titles(back) == ["再次排队"]
    assert (await scene.service.client.live_talk(await scene.id())).state == "ended"


async def test_a_leader_who_comes_first_after_an_outage_has_the_talk(scene, clock):
    scene.cut()
    await scene.looks(2)
    clock.advance(minutes=3)
    await scene.looks()
    await texts(scene)
    scene.mend()
    seat = await scene.first()
    await scene.looks()
    assert (await scene.service.client.live_talk(await scene.id())).state == "live"
    await scene.deliver()
    assert (await texts(scene))[-1] == JOINED
    assert await scene.mode() == Mode.LIVE
    await scene.say("您好")
    assert await scene.lines(seat.id) == ["您好"]


async def test_a_talk_that_ended_meanwhile_is_told_by_its_event_alone(scene):
    await seated(scene)
    scene.cut()
    await scene.looks(2)
    await texts(scene)
    scene.mend()
    await scene.leader(live_sessions.end_session, scene.session)
    await scene.looks()
    await scene.deliver()
    (result,) = await texts(scene)
    assert "本场领导接听已经结束" in result


async def test_an_answer_from_before_the_interruption_does_not_take_the_word_that_all_is_kept(
    scene, clock
):
    seat = await seated(scene)
    await scene.leader(live_desk.say, seat.id, Say(text="马上派人", fence=seat.fence))
    scene.start()
    assert await scene.place.database.run(outages.interrupted, clock.now()) == 1
    await scene.deliver()  # before anybody looks
    await scene.looks(2)
    assert await texts(scene) == ["江小舟：马上派人", BACK_IN_TALK]


async def test_who_was_handed_back_is_not_told_so_a_second_time(scene, clock):
    await seated(scene)
    scene.cut()
    await scene.looks(2)
    clock.advance(minutes=3)
    await scene.looks()
    await texts(scene)
    scene.mend()
    await scene.leader(live_sessions.end_session, scene.session)
    await scene.deliver()
    await scene.looks()
    assert await texts(scene) == []


async def test_another_process_dying_after_any_step_says_nothing_twice(scene, clock):
    await seated(scene)
    scene.cut()
    await scene.looks(2)
    scene.start()
    await scene.looks(3)
    assert await texts(scene) == [words("live_away_live")]
    clock.advance(minutes=3)
    await scene.looks()
    scene.start()
    await scene.looks(3)
    assert await texts(scene) == [words("live_away_handed")]
    scene.mend()
    scene.start()
    await scene.looks()
    scene.start()
    await scene.looks()
    assert await texts(scene) == [words("live_back_handed")]


async def test_a_process_that_was_alone_says_after_its_restart_that_it_goes_on(scene, clock):
    """What `Bot.start` does on a SQLite file, where nobody else kept the citizen company."""
    scene.start()
    assert await scene.place.database.run(outages.interrupted, clock.now()) == 1
    await scene.looks(2)
    assert await texts(scene) == [BACK_IN_QUEUE]


async def test_who_talks_to_the_bot_hears_nothing_of_the_desk(scene):
    await scene.say("你好", address="b")
    scene.cut()
    await scene.looks(3)
    assert await scene.hear("b") == []
