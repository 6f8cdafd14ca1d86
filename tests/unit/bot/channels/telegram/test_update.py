import pytest
from citizens import TEXTS
from telegram import Update

from bot.channels.telegram.update import ChatMessage, Declined, read, spoken

USER = {"id": 5, "is_bot": False, "first_name": "N", "language_code": "zh-hans"}
PRIVATE = {"id": 5, "type": "private", "first_name": "N"}


def message(**parts):
    about = {"message_id": 9, "date": 1772413200, "chat": PRIVATE, "from": USER, **parts}
    return meant({"message": about})


def meant(update):
    return read(Update.de_json({"update_id": 1, **update}, None), TEXTS)


def test_words_have_the_number_of_their_message():
    heard = message(text="路灯坏了")
    assert isinstance(heard, ChatMessage)
    assert (heard.chat, heard.message_id, heard.text, heard.language) == (
        5,
        "m5.9",
        "路灯坏了",
        "zh",
    )
    assert heard.sent_at.isoformat() == "2026-03-02T01:00:00+00:00"


@pytest.mark.parametrize(
    ("user", "language"),
    [
        ({**USER, "language_code": "zh-hant"}, "zh"),
        ({**USER, "language_code": "en-GB"}, "en"),
        ({**USER, "language_code": "fr"}, "en"),
        ({"id": 5, "is_bot": False, "first_name": "N"}, "zh"),
    ],
)
def test_a_payload_is_answered_in_the_language_of_the_citizens_telegram(user, language):
    assert message(text="/start", **{"from": user}).language == language


def test_nobody_speaks_our_first_language():
    assert spoken(None) == "zh"


@pytest.mark.parametrize(
    ("given", "phone"),
    [
        ("8613812345678", "13812345678"),
        ("+86 138-1234-5678", "13812345678"),
        ("4915112345678", "+4915112345678"),
    ],
)
def test_an_own_number_is_written_as_it_is_dialled(given, phone):
    contact = {"phone_number": given, "first_name": "N", "user_id": 5}
    assert message(contact=contact).metadata["contact"] == {"phone": phone, "own": True}


@pytest.mark.parametrize("of", [{}, {"user_id": 6}])
def test_a_contact_that_is_not_the_senders_is_declined(of):
    contact = {"phone_number": "8613812345678", "first_name": "N", **of}
    assert message(contact=contact) == Declined(5, "zh", "telegram_contact_other")


def test_a_venue_has_its_name_and_its_address():
    location = {"latitude": 32.02, "longitude": 118.78}
    venue = {"location": location, "title": "夫子庙", "address": "贡院街"}
    heard = message(location=location, venue=venue)
    assert heard.text == "位置：夫子庙，贡院街（32.02,118.78）"
    assert heard.metadata["location"]["title"] == "夫子庙"


def test_the_largest_size_of_a_picture_is_the_picture():
    def size(name, width):
        return {"file_id": name, "file_unique_id": name, "width": width, "height": width}

    heard = message(photo=[size("s", 90), size("l", 1280), size("m", 320)], caption="看")
    assert [file.id for file in heard.files] == ["l"]
    assert heard.text == "看"


@pytest.mark.parametrize(
    "parts",
    [
        {"new_chat_title": "x"},
        {"from": {**USER, "is_bot": True}, "text": "x"},
        {"from": {**USER, "id": 6}, "text": "x"},
        {"chat": {"id": -1, "type": "channel", "title": "T"}, "text": "x"},
    ],
)
def test_what_no_citizen_said_is_nothing(parts):
    assert message(**parts) is None


def test_a_group_is_left():
    group = {"id": -1, "type": "supergroup", "title": "T"}
    assert message(chat=group, text="x") == Declined(-1, "zh", "telegram_group", leave=True)


def test_each_edit_is_a_version_of_its_own():
    about = {
        "message_id": 9, "date": 1, "edit_date": 2, "chat": PRIVATE, "from": USER, "text": "新",
    }  # fmt: skip
    heard = meant({"edited_message": about})
    assert (heard.message_id, heard.metadata) == ("e9.1", {"edit_of": "m5.9"})


def test_a_live_location_that_moves_is_no_edit():
    location = {"latitude": 32.02, "longitude": 118.78}
    about = {
        "message_id": 9, "date": 1, "edit_date": 2, "chat": PRIVATE, "from": USER,
        "location": location,
    }  # fmt: skip
    assert meant({"edited_message": about}) is None


def test_a_receipts_link_says_what_its_holder_could_have_typed():
    heard = message(text="/start 20260302-000001-5_V9H4-CGR9-X7PJ")
    said = "查一下工单 20260302-000001-5 办到哪一步了，查询码 V9H4-CGR9-X7PJ"
    assert (heard.text, heard.title) == (said, None)


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "20260302-000001-5",
        "20260302-000001-5_v9h4-cgr9-x7pj",
        "20260302-000001-5_V9H4-CGR9",
        "٢٠٢٦٠٣٠٢-000001-5_V9H4-CGR9-X7PJ",
        "/erase{}",
        "CGR9-X7PJ",
        '{"case_number":"20260302-000001-5"}',
        "x" * 4000,
    ],
)
def test_any_other_payload_of_a_link_is_a_plain_start(payload):
    heard = message(text=f"/start {payload}")
    assert (heard.text, heard.title) == ("/greet", "/start")
