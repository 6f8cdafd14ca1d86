"""What citizens say through the simulated Telegram, by polling and by webhook."""

from itertools import pairwise

from citizens import TEXTS, receipt_card
from telegrams import USER, connected

from bot.app import MessageRate
from bot.dialogue.engine.port import Outcome
from bot.message import Button, Reply


async def turns(line, engine, count):
    await line.world.until(lambda: len(engine.turns) >= count)
    return engine.turns


async def test_words_come_in_and_replies_go_out_in_order(line, engine):
    for number in range(1, 6):
        line.sim.citizens.say(USER, f"第{number}句")
    assert await line.hears(5) == [f"{number}: 第{number}句" for number in range(1, 6)]
    assert len({turn.conversation for turn in engine.turns}) == 1
    assert all(turn.channel == "telegram" for turn in engine.turns)


async def test_two_citizens_have_two_conversations(polled, engine):
    await polled.says("路灯坏了", 1)
    await polled.says("没有水", 2)
    assert polled.texts(1) == ["1: 路灯坏了"]
    assert polled.texts(2) == ["1: 没有水"]


async def test_a_button_sends_what_it_stands_for_and_shows_that_it_was_tapped(line, engine):
    engine.answer = receipt_card
    await line.says("好")
    engine.answer = engine.echo
    query = line.sim.citizens.tap_title(USER, "没有了")
    await line.hears(2)
    assert engine.turns[-1].text == "/deny"
    await line.world.until(lambda: line.world.answered.get(query))
    await line.world.until(lambda: "✓ 没有了" in line.sim.citizens.shown(USER)[0].buttons.values())
    assert "查进度" in line.sim.citizens.shown(USER)[0].buttons.values()


async def test_markup_in_names_and_words_is_shown_as_it_was_written(polled, engine):
    name = "<b>王</b> & <script>alert(1)</script> &lt; </i>"

    async def answer(turn):
        return Outcome((Reply(f"{name}：{turn.text}", (Button("<u>好</u>", "/affirm"),)),), b"1")

    engine.answer = answer
    polled.sim.citizens.say(USER, "<a href='x'>", name=name)
    assert await polled.hears(1) == [f"{name}：<a href='x'>"]
    assert "<u>好</u>" in polled.sim.citizens.shown(USER)[0].buttons.values()


async def test_a_long_reply_comes_in_parts_with_its_buttons_below_the_last(polled, engine):
    text = "路灯坏了，晚上看不见。" * 1000

    async def answer(turn):
        return Outcome((Reply(text, (Button("好", "/affirm"),)),), b"1")

    engine.answer = answer
    polled.sim.citizens.say(USER, "说")
    assert "".join(await polled.hears(3)) == text
    shown = polled.sim.citizens.shown(USER)
    assert [len(item.buttons) for item in shown] == [0, 0, 1]


async def test_emergency_words_go_out_though_the_engine_is_away(polled, engine):
    engine.down = True
    said = await polled.says("着火了")
    assert said == TEXTS.words("emergency_fire", "zh", numbers="119")


async def test_an_edited_message_is_a_version_of_the_first(line, engine):
    update = line.sim.citizens.say(USER, "路灯坏了")
    await line.hears(1)
    number = update["message"]["message_id"]
    line.sim.citizens.edit(USER, number, "路灯坏了三天")
    line.sim.citizens.edit(USER, number, "路灯坏了四天")
    assert (await line.hears(3))[1:] == ["2: 路灯坏了三天", "3: 路灯坏了四天"]
    assert [turn.metadata.get("edit_of") for turn in engine.turns] == [
        None,
        f"m{USER}.{number}",
        f"m{USER}.{number}",
    ]


async def test_a_place_on_the_map_comes_as_words_and_as_coordinates(polled, engine):
    polled.sim.citizens.location(USER, 32.0222, 118.7878)
    assert await polled.hears(1) == ["1: 位置：32.0222,118.7878"]
    assert engine.turns[0].metadata["location"] == {"latitude": 32.0222, "longitude": 118.7878}


async def test_the_own_contact_is_a_telephone_number(polled, engine):
    polled.sim.citizens.contact(USER, "8613812345678", of=USER)
    assert await polled.hears(1) == ["1: 我的电话：13812345678"]


async def test_the_contact_of_another_is_not_taken(line, engine):
    line.sim.citizens.contact(USER, "8613812345678", of=USER + 1)
    line.sim.citizens.contact(USER, "8613812345679", of=None)
    words = TEXTS.words("telegram_contact_other", "zh")
    assert await line.hears(2) == [words, words]
    assert engine.turns == []


async def test_a_picture_that_cannot_be_kept_is_said_so_and_its_words_are_taken(line, engine):
    line.sim.citizens.photo(USER, b"picture", caption="路灯坏了")
    assert await line.hears(2) == [TEXTS.words("telegram_files_unkept", "zh"), "1: 路灯坏了"]


async def test_a_picture_without_words_asks_for_some(polled, engine):
    polled.sim.citizens.photo(USER, b"picture")
    assert await polled.hears(2) == [
        TEXTS.words("telegram_files_unkept", "zh"),
        TEXTS.words("empty", "zh"),
    ]
    assert engine.turns == []


async def test_an_album_is_one_message(line, engine):
    for number in range(4):
        line.sim.citizens.photo(
            USER, b"picture", caption="四张照片" if number == 2 else "", album="9"
        )
    assert await line.hears(2) == [TEXTS.words("telegram_files_unkept", "zh"), "1: 四张照片"]
    assert len(engine.turns) == 1


async def test_a_part_of_an_album_that_is_delivered_again_is_no_new_message(polled, engine):
    updates = [polled.sim.citizens.photo(USER, b"p", caption="照片", album="9") for _ in range(2)]
    await polled.hears(2)
    for update in updates:
        polled.world.push_raw({"message": update["message"]})
    await polled.says("还有")
    assert [turn.text for turn in engine.turns] == ["照片\n照片", "还有"]


async def test_files_are_fetched_and_kept_when_there_is_a_place_for_them(place, engine):
    kept = {}

    async def keep(_address, stream, name, mime):
        kept[name] = (b"".join([chunk async for chunk in stream]), mime)
        return f"att_{len(kept)}"

    async with connected(
        lambda options: place.bot(engine, telegram=options, keep=keep), webhook=True
    ) as line:
        line.sim.citizens.photo(USER, b"one", caption="看", album="9")
        line.sim.citizens.photo(USER, b"two", album="9")
        assert await line.hears(2) == ["照片已收到。", "1: 看"]
        line.sim.citizens.document(USER, "a.pdf", "application/pdf", b"three")
        await turns(line, engine, 2)
    assert [turn.metadata["attachments"] for turn in engine.turns] == [
        ["att_1", "att_2"],
        ["att_3"],
    ]
    assert sorted(kept.values()) == [
        (b"one", "image/jpeg"),
        (b"three", "application/pdf"),
        (b"two", "image/jpeg"),
    ]


async def test_commands_stand_for_intents(polled, engine):
    for command in (
        "/start",
        "/help",
        "/language",
        "/language en",
        "/progress",
        "/progress 20260302-0001",
        "/privacy@solvefirst_bot",
        "/unknown",
        "hello",
    ):
        polled.sim.citizens.say(USER, command)
    await turns(polled, engine, 8)
    assert [turn.text for turn in engine.turns] == [
        "/greet",
        "/how_to_use",
        "/change_language",
        '/change_language{"language":"en"}',
        "/check_progress",
        '/check_progress{"case_number":"20260302-0001"}',
        "/privacy",
        "hello",  # a command that there is not is answered without the dialogue
    ]
    assert TEXTS.words("no_command", "zh") in await polled.hears(9)
    assert all(turn.metadata["language"] == "zh" for turn in engine.turns)


async def test_the_language_is_that_of_the_words_or_of_the_citizens_telegram(polled, engine):
    polled.world.chat(1).language = "en"
    polled.world.chat(2).language = "en"
    polled.sim.citizens.say(1, "/start")
    polled.sim.citizens.say(2, "路灯坏了")
    await turns(polled, engine, 2)
    spoken = {turn.text: turn.metadata["language"] for turn in engine.turns}
    assert spoken == {"/greet": "en", "路灯坏了": "zh"}


async def test_a_group_is_declined_and_left(line, engine):
    line.world.group(-5, "小区群", by=USER)
    await line.world.until(lambda: line.world.chats[-5].left)
    assert line.texts(-5) == [TEXTS.words("telegram_group", "zh")]
    line.sim.citizens.say(USER, "在群里说", chat=-5)
    await line.says("私聊")
    assert [turn.text for turn in engine.turns] == ["私聊"]


async def test_what_cannot_be_read_is_said_so(polled, engine):
    polled.sim.citizens.sticker(USER)
    assert await polled.hears(1) == [TEXTS.words("telegram_kind", "zh")]
    assert engine.turns == []


async def test_too_much_at_once_is_declined_with_words_and_not_for_ever(place, engine):
    async with connected(
        lambda options: place.bot(engine, telegram=options, pace=MessageRate(5, 0.001)),
        webhook=False,
    ) as line:
        for _ in range(30):
            line.sim.citizens.say(USER, "x")
        await line.world.until(lambda: len(line.texts()) >= 8)
        await line.world.until(lambda: not line.world.updates)
        declined = [text for text in line.texts() if "too fast" in text]
    assert len(engine.turns) == 5
    assert len(declined) == 3


async def test_what_the_bot_says_by_itself_keeps_the_rate_of_its_chat_too(place, engine):
    async with connected(
        lambda options: place.bot(engine, telegram=options), webhook=False
    ) as line:
        await line.says("路灯坏了")
        line.sim.citizens.sticker(USER)
        line.sim.citizens.say(USER, "还有")
        line.sim.citizens.sticker(USER)
        await line.hears(4)
        sent = [call.at for call in line.world.record.of("sendMessage", USER) if call.sent]
    declined = TEXTS.words("telegram_kind", "zh")
    assert line.texts().count(declined) == 2
    assert min((b - a).total_seconds() for a, b in pairwise(sent)) >= 1
