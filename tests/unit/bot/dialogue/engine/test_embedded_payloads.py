"""Payloads and doubt: what a text with a leading `/` means, when an intent is not believed."""

from collections.abc import Callable
from typing import Any

import pytest

Make = Callable[..., Any]

DOMAIN = """
intents: [greet, inform, set_language]
entities: [address, language, tag]
slots:
  address: {type: any, mappings: [{type: from_entity, entity: address}]}
  language:
    type: categorical
    values: [zh, en]
    initial_value: zh
    mappings: [{type: from_entity, entity: language}]
  tags: {type: list, influence_conversation: false, mappings: [{type: from_entity, entity: tag}]}
  vip: {type: bool, mappings: [{type: custom}]}
responses:
  utter_hi:
  - text: 您好
    condition: [{type: slot, name: language, value: zh}]
  - text: Hello
    condition: [{type: slot, name: language, value: en}]
  utter_unsure: [{text: 没懂}]
"""
RULES = """
rules:
- rule: greet
  steps: [{intent: greet}, {action: utter_hi}]
- rule: inform
  steps: [{intent: inform}, {action: utter_hi}]
- rule: language
  steps: [{intent: set_language}, {action: utter_hi}]
- rule: unsure
  steps: [{intent: nlu_fallback}, {action: utter_unsure}]
"""


@pytest.fixture
def conversation(talk: Make) -> Any:
    return talk(DOMAIN, RULES)


async def parsed(conversation: Any, text: str, **understood: Any) -> dict[str, Any]:
    await conversation.say(understood.pop("intent", "inform"), text, **understood)
    event = next(e for e in conversation.answer.events if e["event"] == "user")
    return dict(event["parse_data"])


@pytest.mark.parametrize(
    "text", ["/nosuch", "/Greet", "/greet tail", "/", "好 /greet", "greet", '/greet["address"]']
)
async def test_what_is_no_payload_is_understood_as_text(conversation: Any, text: str) -> None:
    found = await parsed(conversation, text)

    assert found["intent"]["name"] == "inform"
    assert found["text"] == text


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("/ greet", None),
        ('/greet {"address":"D"}', "D"),
        ('/greet{"address":"D"} tail', "D"),
        ('  /greet{"address": {"street": "s"}}  ', {"street": "s"}),
        ("/greet{broken", None),
        ("/greet{", None),
        ("/greet{address}", None),
        ('/greet{"address": NaN}', None),
    ],
)
async def test_payloads_name_the_intent_and_entities(
    conversation: Any, text: str, address: Any
) -> None:
    found = await parsed(conversation, text)

    assert found["intent"] == {"name": "greet", "confidence": 1.0}
    assert found["intent_ranking"] == [{"name": "greet", "confidence": 1.0}]
    assert [e["value"] for e in found["entities"]] == ([] if address is None else [address])
    assert conversation.slots["address"] == address


@pytest.mark.parametrize(
    ("text", "confidence"), [("/greet@0.9", 0.9), ("/greet@7", 1.0), ("/greet@0.1", 0.1)]
)
async def test_a_payload_may_say_how_sure_it_is_and_is_always_believed(
    conversation: Any, text: str, confidence: float
) -> None:
    found = await parsed(conversation, text)

    assert found["intent"] == {"name": "greet", "confidence": confidence}


async def test_a_payload_gives_one_entity_an_array_item_and_drops_unknown_ones(
    conversation: Any,
) -> None:
    found = await parsed(conversation, '/greet{"tag": ["a", "b"], "nosuch": 1, "vip": true}')

    assert [(e["entity"], e["value"]) for e in found["entities"]] == [("tag", "a"), ("tag", "b")]
    assert found["entities"][0]["extractor"] == "RegexMessageHandler"
    assert (found["entities"][0]["start"], found["entities"][0]["end"]) == (6, 51)
    assert conversation.slots["tags"] == ["a", "b"]
    assert conversation.slots["vip"] is None


async def test_a_payload_has_none_of_the_components_other_outputs(conversation: Any) -> None:
    assert "category" in await parsed(conversation, "text", category={"code": "0302"})
    assert "category" not in await parsed(conversation, "/greet", category={"code": "0302"})


async def test_a_switch_of_language_holds_within_its_own_turn(conversation: Any) -> None:
    await conversation.say("greet")
    assert conversation.texts == ["您好"]

    await conversation.say(None, '/set_language{"language":"en"}')

    assert conversation.texts == ["Hello"]
    assert conversation.slots["language"] == "en"


@pytest.mark.parametrize(
    ("confidences", "believed"),
    [
        ([0.3], True),
        ([0.29], False),
        ([0.8, 0.7], True),  # in floats the difference is a little more than 0.1
        ([0.8, 0.71], False),
        ([1.0, 0.0], True),
        ([0.0], False),
    ],
)
async def test_doubt_becomes_its_own_intent(
    conversation: Any, confidences: list[float], believed: bool
) -> None:
    ranking = [{"name": f"i{n}", "confidence": value} for n, value in enumerate(confidences)]
    found = await parsed(
        conversation,
        "text",
        intent="greet",
        confidence=confidences[0],
        intent_ranking=ranking,
        entities={"address": "x"},
        category={"code": "0302"},
    )

    assert found["intent"]["name"] == ("greet" if believed else "nlu_fallback")
    if not believed:
        assert found["intent"]["confidence"] == 0.3
        assert found["intent_ranking"] == [{"name": "nlu_fallback", "confidence": 0.3}, *ranking]
        assert conversation.texts == ["没懂"]
    assert found["entities"][0]["value"] == "x"
    assert found["category"] == {"code": "0302"}


async def test_no_intent_at_all_is_doubt(conversation: Any) -> None:
    found = await parsed(conversation, "", intent=None, confidence=0.0)

    assert found["intent"]["name"] == "nlu_fallback"


async def test_our_message_id_and_metadata_travel_with_the_message(conversation: Any) -> None:
    found = await parsed(conversation, "text")

    assert found["message_id"] == "msg1"
    assert found["metadata"] == {"message_id": "msg1"}


@pytest.mark.parametrize(
    "text", ["\ud800", "x" * 100_000, "😀", "\x00", '/greet{"address":"\\ud800"}']
)
async def test_odd_texts_are_heard_and_kept(conversation: Any, text: str) -> None:
    await conversation.say("greet", text)
    await conversation.say("greet", "next")

    assert conversation.texts == ["您好"]
