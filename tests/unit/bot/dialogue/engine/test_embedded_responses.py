"""Responses: variations, substitution, and the replies that come of them."""

import random
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from bot.dialogue.engine.embedded.domain.responses import (
    Variation,
    bot_event,
    generate,
    interpolate_text,
    suitable,
)
from bot.dialogue.engine.replies import replies
from bot.message import Button, Reply

Make = Callable[..., Any]


def pick(variations: list[dict[str, Any]], channel: str = "collector", **slots: Any) -> list[str]:
    found = suitable([Variation.of(v) for v in variations], channel, slots)
    return [str(v.content["text"]) for v in found]


def when(slot: str, value: Any) -> list[dict[str, Any]]:
    return [{"type": "slot", "name": slot, "value": value}]


def test_conditional_variations_go_before_unconditional_ones() -> None:
    variations = [
        {"text": "default"},
        {"text": "en", "condition": when("language", "en")},
        {"text": "unset", "condition": when("language", None)},
    ]

    assert pick(variations, language="en") == ["en"]
    assert pick(variations, language="EN") == ["en"]
    assert pick(variations, language="fr") == ["default"]
    assert pick(variations, language=None) == ["unset"]


def test_a_channels_own_variations_go_before_conditional_ones() -> None:
    variations = [
        {"text": "d"},
        {"text": "dc", "channel": "collector"},
        {"text": "c", "condition": when("a", 2)},
        {"text": "cc", "condition": when("a", 2), "channel": "collector"},
    ]

    assert pick(variations, a=2.0) == ["cc"]
    assert pick(variations, a=1) == ["dc"]
    assert pick(variations, "telegram", a=2) == ["c"]
    assert pick(variations, "telegram", a=1) == ["d"]


def test_all_constraints_of_a_condition_must_hold() -> None:
    both = [{"text": "both", "condition": [*when("a", 1), *when("b", True)]}]

    assert pick(both, a=1, b=True) == ["both"]
    assert pick(both, a=1, b=False) == []


def test_what_fits_is_chosen_evenly() -> None:
    variations = [Variation.of({"text": text}) for text in ("a", "b")]
    choose = random.Random(1).choice
    said = Counter(
        (generate(variations, "collector", {}, choose) or {})["text"] for _ in range(400)
    )

    assert min(said["a"], said["b"]) > 150


@pytest.mark.parametrize(
    ("text", "values", "filled"),
    [
        ("{a}", {"a": 1}, "1"),
        ("{a}", {"a": None}, "None"),
        ("{a} {nosuch}", {"a": 1}, "{a} {nosuch}"),
        ("{{literal}} only", {}, "{literal} only"),
        ("{{a}} beside {a}", {"a": 1}, "{{a}} beside {a}"),
        ('/set{"language":"en"}', {"language": "zh"}, '/set{"language":"en"}'),
        ('/inform{{"address":"{a}"}}', {"a": "D"}, '/inform{"address":"D"}'),
        ("{a b}", {"a b": "x"}, "x"),
        ("no place", {}, "no place"),
        ("中{a}文", {"a": "国"}, "中国文"),
    ],
)
def test_places_are_filled_as_rasa_fills_them(
    text: str, values: Mapping[str, Any], filled: str
) -> None:
    assert interpolate_text(text, values) == filled


def test_text_image_custom_and_buttons_are_filled_and_metadata_is_not() -> None:
    content = {
        "text": "{a}",
        "image": "http://x/{a}",
        "custom": {"k": ["{a}"]},
        "buttons": [{"title": "{a}", "payload": "/p", "extra": "{a}"}],
        "metadata": {"m": "{a}"},
    }
    message = generate([Variation.of(content)], "collector", {"a": "1"}, lambda found: found[0])

    assert message == {
        "text": "1",
        "image": "http://x/1",
        "custom": {"k": ["1"]},
        "buttons": [{"title": "1", "payload": "/p", "extra": "1"}],
        "metadata": {"m": "{a}"},
    }
    assert content["custom"] == {"k": ["{a}"]}


def said(**message: Any) -> list[Reply]:
    return replies(bot_event(message, 0.0))


def test_a_text_without_buttons_is_parted_at_empty_lines() -> None:
    assert said(text="a\n\nb\nc") == [Reply("a"), Reply("b\nc")]


def test_a_text_with_buttons_stays_whole() -> None:
    buttons = [{"title": "t", "payload": "/p"}]

    assert said(text="a\n\nb", buttons=buttons) == [Reply("a\n\nb", (Button("t", "/p"),))]
    assert said(text="", buttons=buttons) == [Reply("", (Button("t", "/p"),))]


def test_an_empty_text_alone_is_no_reply() -> None:
    assert said(text="") == []
    assert said() == []


def test_picture_and_custom_content_ride_on_the_last_part() -> None:
    assert said(text="a\n\nb", image="i", custom={"k": 1}) == [
        Reply("a"),
        Reply("b", (), "i", {"k": 1}),
    ]
    assert said(custom={"k": 1}) == [Reply("", (), None, {"k": 1})]


def test_an_event_has_all_keys_and_the_rest_as_metadata() -> None:
    event = bot_event({"text": "a", "image": "i", "id": "1", "utter_action": "utter_a"}, 5.0)

    assert event["data"] == {
        "elements": None,
        "quick_replies": None,
        "buttons": None,
        "attachment": "i",
        "image": "i",
        "custom": None,
    }
    assert event["metadata"] == {"id": "1", "utter_action": "utter_a"}


async def test_a_response_with_no_variation_that_fits_says_nothing_but_is_logged(
    talk: Make,
) -> None:
    domain = """
intents: [greet]
slots:
  a: {type: text, mappings: [{type: custom}]}
responses:
  utter_hi:
  - text: hi
    condition: [{type: slot, name: a, value: x}]
"""
    rules = "rules:\n- rule: r\n  steps: [{intent: greet}, {action: utter_hi}]\n"
    conversation = talk(domain, rules)

    assert (await conversation.say("greet"))[-2:] == ["act utter_hi", "act action_listen"]
    assert conversation.texts == []


async def test_messages_of_several_actions_come_in_order(talk: Make) -> None:
    domain = """
intents: [greet]
responses:
  utter_a: [{text: "1\\n\\n2"}]
  utter_b: [{text: "3"}]
"""
    rules = "rules:\n- rule: r\n  steps: [{intent: greet}, {action: utter_a}, {action: utter_b}]\n"
    conversation = talk(domain, rules)
    await conversation.say("greet")

    assert conversation.texts == ["1", "2", "3"]
