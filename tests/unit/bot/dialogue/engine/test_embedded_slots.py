"""Slots filled from messages, as the real server was observed to fill them."""

from collections.abc import Callable
from typing import Any

import pytest
from rasa_sdk import Action
from rasa_sdk.events import SlotSet

Make = Callable[..., Any]

RULES = """
rules:
- rule: greet
  steps: [{intent: greet}, {action: utter_ok}]
- rule: inform
  steps: [{intent: inform}, {action: utter_ok}]
- rule: fill
  steps: [{intent: fill}, {action: form}, {active_loop: form}]
- rule: filled
  condition: [{active_loop: form}]
  steps: [{action: form}, {active_loop: null}, {action: utter_ok}]
"""
ANSWER = "{type: from_text, not_intent: [fill], conditions: [{active_loop: form}]}"


def domain(slots: str, form: str = "{required_slots: []}", more: str = "") -> str:
    return f"""
intents: [greet, inform, bye, fill, faq]
entities: [place, {{city: {{roles: [from, to]}}}}, tag]
forms:
  form: {form}
responses:
  utter_ok: [{{text: 好}}]
slots:
{slots}
{more}
"""


def slot(name: str, mappings: str, kind: str = "text") -> str:
    return f"  {name}: {{type: {kind}, influence_conversation: false, mappings: [{mappings}]}}\n"


def filled(events: list[str]) -> list[str]:
    return [
        event for event in events if event.startswith("slot ") and "session_started" not in event
    ]


async def test_slots_follow_the_order_of_the_domain_and_the_first_mapping_that_yields(
    talk: Make,
) -> None:
    conversation = talk(
        domain(
            slot("b", "{type: from_entity, entity: place}, {type: from_intent, value: late}")
            + slot("a", "{type: from_intent, intent: greet, value: F}")
            + slot("none", "{type: from_intent, intent: bye, value: never}")
        ),
        RULES,
    )

    events = await conversation.say("greet", entities={"place": "x"})

    assert filled(events) == ["slot b='x'", "slot a='F'"]
    assert filled(await conversation.say("inform")) == ["slot b='late'"]


async def test_a_slot_event_is_logged_again_when_the_value_stays(talk: Make) -> None:
    conversation = talk(domain(slot("a", "{type: from_intent, value: F}")), RULES)
    await conversation.say("greet")

    assert filled(await conversation.say("greet")) == ["slot a='F'"]


@pytest.mark.parametrize("value", [False, 0])
async def test_from_intent_sets_false_and_zero(talk: Make, value: Any) -> None:
    written = str(value).lower()
    conversation = talk(domain(slot("a", f"{{type: from_intent, value: {written}}}", "any")), RULES)

    assert filled(await conversation.say("greet")) == [f"slot a={value!r}"]


async def test_a_mapping_takes_the_last_value_of_its_entity_and_role_only(talk: Make) -> None:
    conversation = talk(
        domain(
            slot("plain", "{type: from_entity, entity: city}")
            + slot("start", "{type: from_entity, entity: city, role: from}")
            + slot("tags", "{type: from_entity, entity: tag}", "list")
        ),
        RULES,
    )
    entities = [
        {"entity": "city", "value": "C0"},
        {"entity": "city", "value": "C1", "role": "from"},
        {"entity": "tag", "value": "t1"},
        {"entity": "tag", "value": "t2"},
    ]

    events = await conversation.say("inform", entities=entities)

    assert filled(events) == ["slot plain='C0'", "slot start='C1'", "slot tags=['t1', 't2']"]


async def test_from_text_takes_the_stripped_text_empty_or_payload(talk: Make) -> None:
    conversation = talk(domain(slot("a", "{type: from_text}")), RULES)

    assert filled(await conversation.say("greet", "  嗯 ")) == ["slot a='嗯'"]
    assert filled(await conversation.say("greet", " ")) == ["slot a=''"]
    assert filled(await conversation.say(None, '/inform{"place":"p"}')) == [
        'slot a=\'/inform{"place":"p"}\''
    ]


async def test_not_intent_alone_blocks_a_mapping(talk: Make) -> None:
    conversation = talk(
        domain(slot("a", "{type: from_intent, not_intent: [greet], value: x}")), RULES
    )

    assert filled(await conversation.say("greet")) == []
    assert filled(await conversation.say("inform")) == ["slot a='x'"]


async def test_a_trigger_intent_fills_at_activation_and_when_repeated_in_the_form(
    talk: Make,
) -> None:
    conversation = talk(
        domain(
            slot("a", "{type: from_trigger_intent, intent: fill, value: T}") + slot("need", ANSWER),
            "{required_slots: [need]}",
        ),
        RULES,
    )

    assert "slot a='T'" not in await conversation.say("greet")
    events = await conversation.say("fill")
    assert events[:4] == ["user(fill)", "act form", "loop form", "slot a='T'"]
    assert "slot a='T'" in await conversation.say("fill")


async def test_a_condition_without_a_form_holds_outside_of_forms_only(talk: Make) -> None:
    conversation = talk(
        domain(
            slot("a", "{type: from_intent, value: x, conditions: [{active_loop: null}]}")
            + slot("need", ANSWER),
            "{required_slots: [need]}",
        ),
        RULES,
    )

    assert filled(await conversation.say("greet")) == ["slot a='x'"]
    await conversation.say("fill")
    assert "slot a='x'" not in await conversation.say("inform")


async def test_ignored_intents_block_global_and_custom_mappings_too(talk: Make) -> None:
    calls: list[str] = []

    class Fill(Action):
        def name(self) -> str:
            return "action_fill"

        async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Any]:
            calls.append(tracker.latest_message["intent"]["name"])
            return []

    conversation = talk(
        domain(
            slot("c", "{type: custom, action: action_fill}")
            + slot("g", "{type: from_intent, value: x}")
            + slot("need", ANSWER),
            "{required_slots: [need], ignored_intents: [bye]}",
            "actions: [action_fill]",
        ),
        RULES,
        [Fill],
    )
    await conversation.say("fill")
    calls.clear()

    assert filled(await conversation.say("bye")) == []
    assert calls == []


async def test_one_entity_fills_all_slots_outside_a_form_and_none_but_the_asked_inside(
    talk: Make,
) -> None:
    both = slot("a", "{type: from_entity, entity: place}") + slot(
        "b", "{type: from_entity, entity: place}"
    )
    conversation = talk(domain(both, "{required_slots: [a, b]}"), RULES)

    events = await conversation.say("fill", entities={"place": "X"})
    assert filled(events)[:2] == ["slot a='X'", "slot b='X'"]
    assert events[8:] == [
        "act form",
        "loop form",
        "slot requested_slot=None",
        "loop None",
        "act utter_ok",
        "bot '好'",
        "act action_listen",
    ]

    inside = talk(domain(both, "{required_slots: [a, b]}"), RULES)
    await inside.say("fill")
    assert filled(await inside.say("inform", entities={"place": "Y"})) == [
        "slot a='Y'",
        "slot requested_slot='b'",
    ]


async def test_a_custom_mapping_calls_its_action_once_and_takes_its_slots_alone(
    talk: Make,
) -> None:
    class Fill(Action):
        def name(self) -> str:
            return "action_fill"

        async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Any]:
            dispatcher.utter_message(text="nobody hears this")
            return [
                SlotSet("a", 1),
                SlotSet("b", 2),
                {"event": "pause", "timestamp": None},
            ]

    conversation = talk(
        domain(
            slot("a", "{type: custom, action: action_fill}", "any")
            + slot("b", "{type: custom, action: action_fill}", "any"),
            more="actions: [action_fill]",
        ),
        RULES,
        [Fill],
    )

    assert filled(await conversation.say("greet")) == ["slot a=1", "slot b=2"]
    assert conversation.calls == ["action_fill"]
    assert conversation.texts == ["好"]


async def test_a_custom_mapping_whose_action_fails_fills_nothing(talk: Make) -> None:
    class Fill(Action):
        def name(self) -> str:
            return "action_fill"

        async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Any]:
            raise RuntimeError

    conversation = talk(
        domain(slot("a", "{type: custom, action: action_fill}"), more="actions: [action_fill]"),
        RULES,
        [Fill],
    )

    assert filled(await conversation.say("greet")) == []
    assert conversation.texts == ["好"]


async def test_a_list_slot_wraps_a_single_value_and_the_event_keeps_it_raw(talk: Make) -> None:
    conversation = talk(domain(slot("l", "{type: from_intent, value: x}", "list")), RULES)

    assert filled(await conversation.say("greet")) == ["slot l=['x']"]
    assert conversation.slots["l"] == ["x"]

    class Set(Action):
        def name(self) -> str:
            return "action_set"

        async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Any]:
            return [SlotSet("l", "x")]

    conversation = talk(
        domain(slot("l", "{type: custom}", "list"), more="actions: [action_set]"),
        RULES.replace("utter_ok", "action_set"),
        [Set],
    )
    assert filled(await conversation.say("greet")) == ["slot l='x'"]
    assert conversation.slots["l"] == ["x"]


async def test_a_text_slot_stores_any_value(talk: Make) -> None:
    conversation = talk(domain(slot("a", "{type: from_entity, entity: place}")), RULES)

    await conversation.say(None, '/inform{"place": 5}')
    assert conversation.slots["a"] == 5
    await conversation.say(None, '/inform{"place": {"k": 1}}')
    assert conversation.slots["a"] == {"k": 1}
    await conversation.say(None, '/inform{"place": null}')
    assert conversation.slots["a"] is None


async def test_validation_of_mappings_runs_after_every_extraction_and_may_refuse(
    talk: Make,
) -> None:
    class Validate(Action):
        def name(self) -> str:
            return "action_validate_slot_mappings"

        async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Any]:
            dispatcher.utter_message(text="geprüft")
            found = tracker.slots_to_validate()
            return [SlotSet("a", None)] if found.get("a") == "bad" else []

    conversation = talk(
        domain(
            slot("a", "{type: from_entity, entity: place}")
            + slot("b", "{type: from_entity, entity: tag}"),
            more="actions: [action_validate_slot_mappings]",
        ),
        RULES,
        [Validate],
    )

    await conversation.say("greet")
    assert conversation.texts == ["geprüft", "好"]
    events = await conversation.say("inform", entities={"place": "bad", "tag": "t"})
    assert events[1:] == [
        "bot 'geprüft'",
        "slot a=None",
        "slot b='t'",
        "act utter_ok",
        "bot '好'",
        "act action_listen",
    ]


async def test_a_mapping_that_names_an_intent_which_no_message_has_never_fills(talk: Make) -> None:
    conversation = talk(
        domain(
            slot("lost", "{type: from_intent, intent: [greet, nosuch], value: F}")
            + slot("kept", "{type: from_entity, entity: place, intent: [greet, nosuch]}")
        ),
        RULES,
    )

    # As Rasa does: of the types only `from_intent` is skipped whole.
    assert filled(await conversation.say("greet", entities={"place": "x"})) == ["slot kept='x'"]


async def test_requested_slot_may_be_declared_and_is_then_as_declared(talk: Make) -> None:
    asked = "  requested_slot: {type: any, mappings: [{type: custom}]}\n"
    conversation = talk(domain(slot("a", ANSWER) + asked, "{required_slots: [a]}"), RULES)

    await conversation.say("fill")
    assert (conversation.loop, conversation.slots["requested_slot"]) == ("form", "a")
    await conversation.say("inform", "x")
    assert (conversation.loop, conversation.slots["requested_slot"]) == (None, None)
    assert conversation.slots["a"] == "x"
