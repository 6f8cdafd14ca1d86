"""Every event has its words, in both languages; nothing of them is markup, nothing is left out."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from pushes import CASE as EXAMPLE
from pushes import UNIT

from api.contract.events import (
    EVENT_TYPES,
    LIVE_TYPES,
    OWN_TYPES,
    QUIET_TYPES,
    Event,
    NextStep,
    SurveyQuestion,
)
from bot.outbound.pushes import QUOTED, compose, push_of
from bot.outbound.rates import QuietHours
from bot.push import TOLD, Push, PushPriority
from bot.texts import CitizenTexts

AT = datetime(2026, 3, 3, 8, 30, tzinfo=UTC)
CASE = EXAMPLE | {"number": "20260302-0001"}
SURVEY: dict[str, Any] = {
    "number": "20260302-0001",
    "category": CASE["category"],
    "opened_at": CASE["opened_at"],
    "round": 1,
    "unit": UNIT,
    "answer": "已清理并安排巡查",
    "question": "contacted",
    "valid_until": "2026-03-10T00:00:00Z",
}


class Watched(CitizenTexts):
    """Remembers which keys were asked for."""

    asked: set[str]

    def words(self, key: str, language: str | None, /, **parameters: object) -> str:
        self.asked.add(key)
        return super().words(key, language, **parameters)


@pytest.fixture
def texts() -> Watched:
    texts = Watched.load()
    texts.asked = set()
    return texts


def event(type_: str, data: dict[str, Any]) -> Event:
    return Event(id="evt_1", type=type_, at=AT, contact_point="cnv_1", order="o", seq=1, data=data)


def push_text(type_: str, texts: CitizenTexts, language: str = "zh", **data: Any) -> str:
    base = SURVEY if type_.startswith("survey") else CASE
    return compose(Push(type_, {**base, **data}), language, texts).text


def every_push() -> Iterator[Push]:
    for type_ in sorted(TOLD - {"survey.asked", "survey.reminded", "survey.ended"}):
        for unit in (UNIT, None):
            for solved in (None, "partly", "no"):
                yield Push(type_, {**CASE, "unit": unit, "solved": solved, "note": "清走了"})
        for end in ("answered", "unreached", None):
            yield Push(type_, {**CASE, "end": end})
        yield Push(type_, {**CASE, "followed_as": "20260302-0002", "owed_names": [UNIT["names"]]})
        yield Push(type_, {**CASE, "reason": CASE["category"]["names"], "door": UNIT["names"]})
    for step in get_args(NextStep):
        for moment in ("2026-03-05T09:00:00Z", None):
            yield Push("case.accepted", {**CASE, "next": step, "next_by": moment, "due_at": moment})
    for month in range(1, 13):
        yield Push("case.accepted", {**CASE, "opened_at": f"2026-{month:02}-02T01:00:00Z"})
    for type_ in ("survey.asked", "survey.reminded"):
        for question in get_args(SurveyQuestion):
            for unit in (UNIT, None):
                yield Push(type_, {**SURVEY, "question": question, "unit": unit})
    yield Push("survey.ended", {**SURVEY, "end": "unreached"})
    yield Push("case.progress", {"of": "an older version"})


def test_every_type_is_told_or_known_to_the_citizen_or_live():
    assert TOLD | set(QUIET_TYPES) | set(LIVE_TYPES) == set(EVENT_TYPES)
    assert set(OWN_TYPES) < TOLD
    assert len(TOLD) >= 30


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_event_has_words_without_markup_and_every_key_is_used(texts, language):
    for push in every_push():
        reply = compose(push, language, texts)
        assert reply.text
        assert not re.search(r"[<>*_`{}]|None", reply.text), reply.text
        assert all(button.title for button in reply.buttons)
    live = set(texts.starting_with("push_live_"))  # made in bot/outbound/live_words.py
    assert set(texts.starting_with("push_")) - texts.asked - live == set()


def test_a_progress_names_the_unit_what_was_done_what_comes_next_and_until_when(texts):
    words = push_text(
        "case.progress",
        texts,
        note="今早已到现场清理",
        next="reply",
        next_by="2026-03-06T09:00:00Z",
    )
    assert "秦淮区城管局" in words
    assert "20260302-0001" in words
    assert "占道经营" in words
    assert "今早已到现场清理" in words
    assert "3月6日 17:00" in words
    assert "025-5555 0101（示例号码）" in words


def test_words_come_in_the_language_of_the_conversation(texts):
    words = push_text("case.signed_in", texts, "en", next="reply", next_by="2026-03-06T09:00:00Z")
    assert "Qinhuai Urban Office has signed for case 20260302-0001 (Blocked way)" in words
    assert "6 Mar 17:00" in words


def test_a_survey_quotes_the_case_and_offers_its_answers(texts):
    reply = compose(Push("survey.asked", SURVEY), "zh", texts)
    for part in ("20260302-0001", "占道经营", "秦淮区城管局", "已清理并安排巡查", "3月2日"):
        assert part in reply.text
    assert [button.title for button in reply.buttons] == ["联系过", "没人联系"]
    payload = reply.buttons[0].payload
    assert payload.startswith("/rate{")
    assert json.loads(payload.removeprefix("/rate")) == {
        "case_number": "20260302-0001",
        "round": "1",
        "question": "contacted",
        "answer": "yes",
    }


@pytest.mark.parametrize("type_", ["case.supplement_asked", "case.reminded"])
def test_what_is_asked_for_can_be_answered_with_one_tap(texts, type_):
    reply = compose(Push(type_, {**CASE, "note": "几号门？"}), "zh", texts)
    assert [button.title for button in reply.buttons] == ["补充"]
    payload = json.loads(reply.buttons[0].payload.removeprefix("/add_details"))
    assert payload == {"case_number": "20260302-0001"}


def test_a_reminder_says_it_in_other_words(texts):
    assert (
        push_text("survey.asked", texts).splitlines()[0]
        != push_text("survey.reminded", texts).splitlines()[0]
    )


def test_a_long_answer_is_quoted_in_part(texts):
    words = push_text("survey.asked", texts, answer="好" * 1000)
    assert "好" * QUOTED + "…" in words
    assert "好" * (QUOTED + 1) not in words


def test_what_others_wrote_is_quoted_as_it_is(texts):
    note = "<b>{number}</b> & *x* %s {0}"
    assert note in push_text("case.progress", texts, note=note)


def test_what_the_receipt_has_told_is_not_told_again():
    assert push_of(event("case.dispatched", {**CASE, "in_receipt": True})) is None
    assert push_of(event("case.dispatched", CASE)) is not None
    assert push_of(event("case.urged", {**CASE, "by": "citizen"})) is None
    assert push_of(event("case.urged", {**CASE, "by": "system"})) is not None
    assert push_of(event("case.of_tomorrow", {})) is None


def test_a_survey_that_was_answered_needs_no_more_words():
    assert push_of(event("survey.ended", {**SURVEY, "end": "answered"})) is None
    assert push_of(event("survey.ended", {**SURVEY, "end": "unreached"})) is not None


def test_broadcasts_go_after_what_concerns_one_case():
    assert Push("case.progress", CASE).urgency is PushPriority.PROGRESS
    assert Push("hot_issue.told", {}).urgency is PushPriority.BROADCAST
    assert PushPriority.REPLY < PushPriority.PROGRESS < PushPriority.BROADCAST


@pytest.mark.parametrize(
    ("clock", "quiet"),
    [("20:59", False), ("21:00", True), ("00:00", True), ("07:59", True), ("08:00", False)],
)
def test_pushes_wait_from_nine_in_the_evening_till_eight(clock, quiet):
    hour, minute = map(int, clock.split(":"))
    moment = datetime(2026, 3, 2, (hour - 8) % 24, minute, tzinfo=UTC)
    assert QuietHours().now(moment) is quiet
    assert QuietHours().lets(moment) == (PushPriority.REPLY if quiet else PushPriority.BROADCAST)


def test_whose_case_goes_on_without_the_one_it_went_into_hears_that_nothing_is_lost(texts):
    data = {**CASE, "by": "system", "state": "accepted", "other": "20260302-0002"}
    words = compose(push_of(event("case.taken_over", data)), "zh", texts).text
    assert "20260302-0002" in words
    assert "接着单独往下办" in words
    assert len(words.splitlines()) == 1
    data = {**CASE, "by": "citizen", "next": None}
    assert push_of(event("case.withdrawn", data)) is None
    assert push_of(event("case.urged", {**data, "followed_as": "20260302-0002"})) is None
