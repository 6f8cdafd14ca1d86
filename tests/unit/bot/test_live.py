"""The mark by which a turn's replies change who answers, and the words of a talk."""

from datetime import UTC, datetime

import pytest

from api.contract.events import LIVE_TYPES
from api.contract.live import Ending, TalkNews
from bot.dialogue.desk import switch_in
from bot.live.news import switch_of
from bot.message import Reply
from bot.outbound import live_words
from bot.outbound.pushes import compose
from bot.push import Push, PushPriority
from bot.store.modes import Mode, Switch
from bot.texts import CitizenTexts

TEXTS = CitizenTexts.load(common={lang: {"city": "x", "hotline": "12345"} for lang in ("zh", "en")})
UNIT = {"code": "W", "names": {"zh": "工务所", "en": "Works office"}}


def mark(**custom) -> Reply:
    return Reply("words", custom=custom)


def test_a_mark_changes_the_mode_and_the_last_one_counts():
    first = mark(type="live", mode="waiting", talk="ltk_1", fence=0)
    last = mark(type="live", mode="ended", talk="ltk_1", fence=1)
    assert switch_in([first, Reply("no mark"), last]) == Switch(Mode.BOT, "ltk_1", 1)


@pytest.mark.parametrize(
    "custom",
    [
        {"type": "receipt", "mode": "live", "talk": "ltk_1", "fence": 1},
        {"type": "live", "mode": "other", "talk": "ltk_1", "fence": 1},
        {"type": "live", "mode": "live", "talk": None, "fence": 1},
        {"type": "live", "mode": "live", "talk": "ltk_1", "fence": "1"},
        {"type": "live", "event": "said", "name": "江小舟"},
    ],
)
def test_what_is_no_whole_mark_changes_nothing(custom):
    assert switch_in([mark(**custom)]) is None


@pytest.mark.parametrize(
    ("type_", "mode"),
    [
        ("live.waiting", Mode.WAITING),
        ("live.joined", Mode.LIVE),
        ("live.said", Mode.LIVE),
        ("live.ended", Mode.BOT),
        ("live.case", Mode.BOT),
    ],
)
def test_each_event_says_who_answers_from_now_on(type_, mode):
    assert type_ in LIVE_TYPES
    assert switch_of(type_, TalkNews(talk="ltk_1", fence=3)) == Switch(mode, "ltk_1", 3)


def test_a_case_for_the_record_leaves_the_conversation_where_it_is():
    assert switch_of("live.case", TalkNews(talk="ltk_1", fence=3, solved=True)) is None


def news(**data) -> dict:
    return {"talk": "ltk_1", "fence": 1, "name": "江小舟", **data}


EVERYTHING = [
    ("live.waiting", news(place=1)),
    ("live.waiting", news(place=4)),
    ("live.joined", news(title={"zh": "副市长", "en": "Deputy mayor"})),
    ("live.joined", news(title=None)),
    ("live.said", news(text="{name} <b>今晚</b> {x}")),
    *(("live.ended", news(how=how, met=met)) for how in Ending.__args__ for met in (True, False)),
    ("live.case", news(number="20260302-000001-1", unit=UNIT, access_code="AAAA-BBBB-CCCC")),
    (
        "live.case",
        news(number="1", unit=UNIT, due_at=datetime(2026, 3, 9, 9, 30, tzinfo=UTC).isoformat()),
    ),
    ("live.case", news(number="1", unit=UNIT, solved=True)),
]


@pytest.mark.parametrize(("type_", "data"), EVERYTHING)
@pytest.mark.parametrize("language", ["zh", "en", None])
def test_every_event_has_words_in_each_language(type_, data, language):
    push = Push(type_, data)
    assert push.urgency is PushPriority.REPLY, "somebody is talking"
    reply = compose(push, language, TEXTS)
    assert reply.text
    assert reply.text != TEXTS.words("push_unreadable", language)
    assert all(button.payload.startswith("/") for button in reply.buttons)


def test_the_leaders_words_are_passed_on_as_they_are():
    reply = compose(Push("live.said", news(text="{name} <b>今晚</b> {x}")), "zh", TEXTS)
    assert reply.text == "江小舟：{name} <b>今晚</b> {x}"


def test_what_was_not_told_of_has_no_words():
    assert not live_words.tells("live.joined", TalkNews(talk="t", fence=1, again=True))
    for how in ("left", "case", "solved"):
        assert not live_words.tells("live.ended", TalkNews(talk="t", fence=1, how=how))
    for how in ("asked", "silence", "session", "closed"):
        assert live_words.tells("live.ended", TalkNews(talk="t", fence=1, how=how))
