"""Rules: compiled and matched as in the real server's model."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rasa_sdk import Action
from rasa_sdk.events import SlotSet

from bot.dialogue.engine.embedded.project import load_project

Make = Callable[..., Any]

DOMAIN = """
intents: [greet, x1, x2, ask, chk, stop, thanks, lang]
entities: [language, address]
slots:
  language: {type: categorical, values: [zh, en], mappings: [{type: from_entity, entity: language}]}
  t: {type: text, mappings: [{type: custom}]}
  b: {type: bool, mappings: [{type: custom}]}
  n: {type: float, max_value: 10, mappings: [{type: custom}]}
  l: {type: list, mappings: [{type: custom}]}
  aa: {type: bool, mappings: [{type: custom}]}
  bbbbbb: {type: bool, mappings: [{type: custom}]}
  start: {type: bool, initial_value: true, mappings: [{type: custom}]}
  need: {type: any, mappings: [{type: custom}]}
forms:
  case_form: {required_slots: [need]}
actions: [action_set, action_check, c1, c2, c3]
responses:
  utter_ask_need: [{text: 需要}]
  utter_any: [{text: any}]
  utter_en: [{text: en}]
  utter_first: [{text: first}]
  utter_a: [{text: a}]
  utter_b: [{text: b}]
  utter_none: [{text: none}]
  utter_ask: [{text: ask}]
  utter_default: [{text: default}]
"""


class Set(Action):
    """Sets the slots given in the message's metadata-free text as `name=value` pairs."""

    def name(self) -> str:
        return "action_set"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Any]:
        return [SlotSet(name, value) for name, value in VALUES.items()]


class Check(Set):
    def name(self) -> str:
        return "action_check"


VALUES: dict[str, Any] = {}


@pytest.fixture
def set_slots(talk: Make) -> Callable[..., Any]:
    """A conversation under `rules` in which the slots have these values."""

    async def _set(rules: str, **values: Any) -> Any:
        VALUES.clear()
        VALUES.update(values)
        setting = "rules:\n- rule: set\n  steps: [{intent: chk}, {action: action_set}]\n"
        conversation = talk(DOMAIN, setting + rules, [Set, Check])
        await conversation.say("chk")
        return conversation

    return _set


def test_keys_are_those_that_rasa_learns(write: Callable[..., Path]) -> None:
    rules = """
rules:
- rule: any
  steps: [{intent: x1}, {action: utter_any}]
- rule: en
  condition: [{slot_was_set: [{language: en}]}]
  steps: [{intent: x1}, {action: utter_en}]
- rule: done
  condition: [{active_loop: case_form}]
  steps:
  - action: case_form
  - active_loop: null
  - slot_was_set: [{requested_slot: null}]
  - action: utter_a
- rule: first
  conversation_start: true
  steps: [{intent: greet}, {action: utter_first}]
- rule: ask
  condition: [{active_loop: case_form}]
  steps: [{intent: ask}, {action: utter_ask}, {action: case_form}, {active_loop: case_form}]
"""
    catalogue = load_project(write(DOMAIN, rules)).book
    learned = {key.text: action for key, action in catalogue.steps.values.items()}
    heard = '"prev_action": {"action_name": "action_listen"}'
    x1 = '"user": {"intent": "x1"}'

    assert learned[f"[{{{heard}, {x1}}}]"] == "utter_any"
    assert (
        learned[f'[{{{heard}, {x1}}}, {{"prev_action": {{"action_name": "utter_any"}}, {x1}}}]']
        == "action_listen"
    )
    assert learned[f'[{{{heard}, "slots": {{"language": [0.0, 1.0, 0.0]}}, {x1}}}]'] == "utter_en"
    no_form = '"active_loop": {"name": "should_not_be_set"}'
    assert learned[f'[{{{no_form}, "prev_action": {{"action_name": "case_form"}}}}]'] == "utter_a"
    assert learned[f'[{{}}, {{{heard}, "user": {{"intent": "greet"}}}}]'] == "utter_first"
    form = '"active_loop": {"name": "case_form"}'
    ask = '"user": {"intent": "ask"}'
    assert (
        learned[
            f"[{{{form}, {heard}, {ask}}}, "
            f'{{{form}, "prev_action": {{"action_name": "utter_ask"}}, {ask}}}]'
        ]
        == "case_form"
    )
    assert "..." not in learned.values()


TEXT_RULES = """
- rule: set
  condition: [{slot_was_set: [{t: anything}]}]
  steps: [{intent: x1}, {action: utter_a}]
- rule: unset
  condition: [{slot_was_set: [{t: null}]}]
  steps: [{intent: x1}, {action: utter_none}]
"""
BOOL_RULES = """
- rule: yes
  condition: [{slot_was_set: [{b: true}]}]
  steps: [{intent: x1}, {action: utter_a}]
- rule: no
  condition: [{slot_was_set: [{b: false}]}]
  steps: [{intent: x1}, {action: utter_b}]
- rule: unset
  condition: [{slot_was_set: [{b: null}]}]
  steps: [{intent: x1}, {action: utter_none}]
"""
CATEGORY_RULES = """
- rule: en
  condition: [{slot_was_set: [{language: en}]}]
  steps: [{intent: x1}, {action: utter_a}]
- rule: other
  condition: [{slot_was_set: [{language: fr}]}]
  steps: [{intent: x1}, {action: utter_b}]
- rule: unset
  condition: [{slot_was_set: [{language: null}]}]
  steps: [{intent: x1}, {action: utter_none}]
"""
LIST_RULES = """
- rule: filled
  condition: [{slot_was_set: [{l: [x]}]}]
  steps: [{intent: x1}, {action: utter_a}]
"""
FLOAT_RULES = """
- rule: five
  condition: [{slot_was_set: [{n: 5}]}]
  steps: [{intent: x1}, {action: utter_a}]
- rule: most
  condition: [{slot_was_set: [{n: 10}]}]
  steps: [{intent: x1}, {action: utter_b}]
"""
START_RULES = """
- rule: initial
  condition: [{slot_was_set: [{start: true}]}]
  steps: [{intent: x1}, {action: utter_a}]
- rule: changed
  condition: [{slot_was_set: [{start: null}]}]
  steps: [{intent: x1}, {action: utter_none}]
"""


@pytest.mark.parametrize(
    ("rules", "values", "said"),
    [
        (TEXT_RULES, {"t": "q"}, "a"),
        (TEXT_RULES, {}, "none"),
        (BOOL_RULES, {"b": True}, "a"),
        (BOOL_RULES, {"b": False}, "b"),
        (BOOL_RULES, {}, "none"),
        (CATEGORY_RULES, {"language": "en"}, "a"),
        (CATEGORY_RULES, {"language": "EN"}, "a"),
        (CATEGORY_RULES, {"language": "de"}, "b"),
        (CATEGORY_RULES, {}, "none"),
        (LIST_RULES, {"l": ["y", "z"]}, "a"),
        (LIST_RULES, {"l": []}, "default"),
        (FLOAT_RULES, {"n": 5.0}, "a"),
        (FLOAT_RULES, {"n": 11}, "b"),
        (FLOAT_RULES, {"n": 4}, "default"),
        (START_RULES, {}, "a"),
        (START_RULES, {"start": None}, "none"),
    ],
)
async def test_a_slot_condition_sees_what_the_type_shows(
    set_slots: Callable[..., Any], rules: str, values: dict[str, Any], said: str
) -> None:
    conversation = await set_slots(rules, **values)
    await conversation.say("x1")

    assert conversation.texts == [said]


ENTITY_RULES = """
rules:
- rule: with
  steps:
  - intent: lang
    entities: [language]
  - slot_was_set: [{language: en}]
  - action: utter_a
- rule: x
  steps: [{intent: x1}, {action: utter_b}]
"""


async def test_entities_of_a_rule_are_an_exact_set_of_names(talk: Make) -> None:
    conversation = talk(DOMAIN, ENTITY_RULES)

    await conversation.say("lang", entities={"language": "en"})
    assert conversation.texts == ["a"]
    await conversation.say("lang", entities={"language": "en", "address": "y"})
    assert conversation.texts == ["default"]
    await conversation.say("lang")
    assert conversation.texts == ["default"]
    await conversation.say("x1", entities={"address": "y"})
    assert conversation.texts == ["b"]


async def test_the_longest_key_wins_and_length_is_that_of_the_written_text(
    set_slots: Callable[..., Any],
) -> None:
    rules = """
- rule: short
  condition: [{slot_was_set: [{aa: true}]}]
  steps: [{intent: x1}, {action: utter_a}]
- rule: long
  condition: [{slot_was_set: [{bbbbbb: true}]}]
  steps: [{intent: x1}, {action: utter_b}]
"""
    conversation = await set_slots(rules, aa=True, bbbbbb=True)
    await conversation.say("x1")

    assert conversation.texts == ["b"]


async def test_a_rule_for_the_start_holds_for_the_first_message_only(talk: Make) -> None:
    rules = """
rules:
- rule: first
  conversation_start: true
  steps: [{intent: greet}, {action: utter_first}]
- rule: later
  steps: [{intent: greet}, {action: utter_a}]
"""
    conversation = talk(DOMAIN, rules)

    await conversation.say("greet")
    assert conversation.texts == ["first"]
    await conversation.say("greet")
    assert conversation.texts == ["a"]


async def test_an_or_of_intents_is_several_rules(talk: Make) -> None:
    rules = """
rules:
- rule: either
  steps:
  - or: [{intent: x1}, {intent: x2}]
  - action: utter_a
"""
    conversation = talk(DOMAIN, rules)

    for intent in ("x1", "x2"):
        await conversation.say(intent)
        assert conversation.texts == ["a"]


async def test_rules_chain_when_they_do_not_wait(talk: Make) -> None:
    rules = """
rules:
- rule: one
  steps: [{intent: x1}, {action: utter_a}]
  wait_for_user_input: false
- rule: two
  steps: [{action: utter_a}, {action: utter_b}]
  wait_for_user_input: false
- rule: three
  steps: [{action: utter_b}, {action: utter_en}]
"""
    conversation = talk(DOMAIN, rules)

    await conversation.say("x1")

    assert conversation.texts == ["a", "b", "en"]
    assert conversation.events[-1] == "act action_listen"


async def test_a_chain_that_no_rule_goes_on_with_falls_back(talk: Make) -> None:
    rules = """
rules:
- rule: one
  steps: [{intent: x1}, {action: utter_a}]
  wait_for_user_input: false
"""
    conversation = talk(DOMAIN, rules)
    await conversation.say("x1")

    assert conversation.texts == ["a", "default"]


async def test_a_result_of_an_action_decides_between_rules(talk: Make) -> None:
    rules = """
rules:
- rule: good
  steps: [{intent: chk}, {action: action_check}, {slot_was_set: [{b: true}]}, {action: utter_a}]
- rule: bad
  steps: [{intent: chk}, {action: action_check}, {slot_was_set: [{b: false}]}, {action: utter_b}]
"""
    for value, said in ((True, "a"), (False, "b"), (None, "default")):
        VALUES.clear()
        VALUES["b"] = value
        conversation = talk(DOMAIN, rules, [Set, Check])
        await conversation.say("chk")
        assert conversation.texts == [said]


async def test_a_rule_for_outside_of_forms_is_not_used_in_one(talk: Make) -> None:
    rules = """
rules:
- rule: start
  steps: [{intent: ask}, {action: case_form}, {active_loop: case_form}]
- rule: thanks
  condition: [{active_loop: null}]
  steps: [{intent: thanks}, {action: utter_a}]
"""
    conversation = talk(DOMAIN, rules)

    await conversation.say("thanks")
    assert conversation.texts == ["a"]
    await conversation.say("ask")
    await conversation.say("thanks")
    assert conversation.texts == ["default"]


@pytest.mark.parametrize("conditions", ["", "  condition: [{active_loop: case_form}]\n"])
async def test_conditions_before_a_first_action_make_no_difference(
    talk: Make, conditions: str
) -> None:
    rules = f"""
rules:
- rule: start
  steps: [{{intent: ask}}, {{action: case_form}}, {{active_loop: case_form}}]
- rule: done
{conditions}  steps: [{{action: case_form}}, {{active_loop: null}}, {{action: utter_a}}]
- rule: fill
  steps: [{{intent: x1}}, {{action: utter_b}}]
"""
    domain = DOMAIN.replace(
        "need: {type: any, mappings: [{type: custom}]}",
        "need: {type: any, mappings: [{type: from_intent, intent: x1, value: 1}]}",
    )
    conversation = talk(domain, rules)
    await conversation.say("ask")
    await conversation.say("x1")

    assert conversation.texts == ["a"]


async def test_slot_conditions_hold_through_a_whole_rule(talk: Make) -> None:
    rules = """
rules:
- rule: long
  condition: [{slot_was_set: [{b: true}]}]
  steps: [{intent: chk}, {action: action_check}, {action: utter_a}]
- rule: set
  steps: [{intent: x1}, {action: action_set}]
"""
    VALUES.clear()
    VALUES["b"] = True
    conversation = talk(DOMAIN, rules, [Set, Check])
    await conversation.say("x1")
    VALUES["b"] = False
    await conversation.say("chk")

    # The check takes away what the rule stands on, so nothing says what comes next.
    assert conversation.texts == ["default"]
    ran = [event["name"] for event in conversation.answer.events if event["event"] == "action"]
    assert ran[:2] == ["action_check", "action_default_fallback"]


async def test_role_labels_count_among_a_rules_entities(talk: Make) -> None:
    rules = """
rules:
- rule: with
  steps:
  - intent: lang
    entities: [{place: x, role: from}]
  - action: utter_a
"""
    domain = DOMAIN.replace("[language, address]", "[language, {place: {roles: [from, to]}}]")
    conversation = talk(domain, rules)

    await conversation.say("lang", entities=[{"entity": "place", "value": "y", "role": "from"}])
    assert conversation.texts == ["a"]
    await conversation.say("lang", entities=[{"entity": "place", "value": "y"}])
    assert conversation.texts == ["default"]


async def test_entities_that_an_intent_ignores_are_not_seen_by_rules(talk: Make) -> None:
    rules = """
rules:
- rule: with
  steps:
  - intent: lang
    entities: [language]
  - slot_was_set: [{language: en}]
  - action: utter_a
"""
    domain = DOMAIN.replace("thanks, lang]", "thanks, {lang: {ignore_entities: [address]}}]")
    conversation = talk(domain, rules)

    await conversation.say("lang", entities={"language": "en", "address": "y"})

    assert conversation.texts == ["a"]
