"""Forms as the real server was observed to run them."""

from collections.abc import Callable
from typing import Any

DOMAIN = """
intents: [greet, complain, inform, faq, stop, affirm, thanks]
entities: [address]
slots:
  detail:
    type: text
    influence_conversation: false
    mappings:
    - type: from_text
      not_intent: [faq, stop, nlu_fallback, thanks]
      conditions: [{active_loop: case_form, requested_slot: detail}]
  address:
    type: text
    influence_conversation: false
    mappings:
    - type: from_text
      not_intent: [faq, stop, nlu_fallback, thanks]
      conditions: [{active_loop: case_form, requested_slot: address}]
forms:
  case_form: {required_slots: [detail, address]}
responses:
  utter_greet: [{text: 您好}]
  utter_ask_detail: [{text: 什么事}]
  utter_ask_address: [{text: 在哪里}]
  utter_done: [{text: 完成}]
  utter_faq: [{text: 答}]
  utter_stop: [{text: 好}]
  utter_chat: [{text: 不客气}]
"""
RULES = """
rules:
- rule: start
  steps: [{intent: complain}, {action: case_form}, {active_loop: case_form}]
- rule: done
  condition: [{active_loop: case_form}]
  steps:
  - action: case_form
  - active_loop: null
  - slot_was_set: [{requested_slot: null}]
  - action: utter_done
- rule: faq
  steps: [{intent: faq}, {action: utter_faq}]
- rule: greet
  steps: [{intent: greet}, {action: utter_greet}]
- rule: stop
  condition: [{active_loop: case_form}]
  steps:
  - intent: stop
  - action: action_deactivate_loop
  - active_loop: null
  - action: utter_stop
"""


async def test_the_first_message_starts_a_session(talk: Callable[..., Any]) -> None:
    conversation = talk(DOMAIN, RULES)

    assert await conversation.say("greet") == [
        "slot session_started_metadata={'message_id': 'msg1'}",
        "act action_session_start",
        "session_started",
        "slot session_started_metadata={'message_id': 'msg1'}",
        "act action_listen",
        "user(greet)",
        "act utter_greet",
        "bot '您好'",
        "act action_listen",
    ]


async def test_a_form_asks_for_each_slot_and_ends_with_the_submit_rule(
    talk: Callable[..., Any],
) -> None:
    conversation = talk(DOMAIN, RULES)
    await conversation.say("greet")

    assert await conversation.say("complain", "我要投诉") == [
        "user(complain)",
        "act case_form",
        "loop case_form",
        "slot requested_slot='detail'",
        "bot '什么事'",
        "act action_listen",
    ]
    assert await conversation.say("inform", "太吵") == [
        "user(inform)",
        "slot detail='太吵'",
        "act case_form",
        "slot requested_slot='address'",
        "bot '在哪里'",
        "act action_listen",
    ]
    assert await conversation.say("inform", "夫子庙") == [
        "user(inform)",
        "slot address='夫子庙'",
        "act case_form",
        "slot requested_slot=None",
        "loop None",
        "act utter_done",
        "bot '完成'",
        "act action_listen",
    ]


async def test_a_general_rule_answers_within_a_form_which_then_asks_again(
    talk: Callable[..., Any],
) -> None:
    conversation = talk(DOMAIN, RULES)
    await conversation.say("complain")
    await conversation.say("inform", "太吵")

    assert await conversation.say("faq") == [
        "user(faq)",
        "reject case_form",
        "act utter_faq",
        "bot '答'",
        "act case_form",
        "slot requested_slot='address'",
        "bot '在哪里'",
        "act action_listen",
    ]


async def test_a_cancel_rule_ends_the_form_and_keeps_what_was_filled(
    talk: Callable[..., Any],
) -> None:
    conversation = talk(DOMAIN, RULES)
    await conversation.say("complain")
    await conversation.say("inform", "太吵")

    assert await conversation.say("stop") == [
        "user(stop)",
        "reject case_form",
        "act action_deactivate_loop",
        "loop None",
        "slot requested_slot=None",
        "act utter_stop",
        "bot '好'",
        "act action_listen",
    ]
    assert await conversation.say("complain", "再投诉") == [
        "user(complain)",
        "act case_form",
        "loop case_form",
        "slot requested_slot='address'",
        "bot '在哪里'",
        "act action_listen",
    ]
