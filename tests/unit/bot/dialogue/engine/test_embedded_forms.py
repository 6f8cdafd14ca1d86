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


async def test_a_faq_answered_by_a_rule_that_names_the_form_gives_the_same_events(
    talk: Callable[..., Any],
) -> None:
    rules = RULES.replace(
        "- rule: faq\n  steps: [{intent: faq}, {action: utter_faq}]",
        "- rule: faq\n  condition: [{active_loop: case_form}]\n"
        "  steps: [{intent: faq}, {action: utter_faq}, {action: case_form}, "
        "{active_loop: case_form}]",
    )
    conversation = talk(DOMAIN, rules)
    await conversation.say("complain")

    assert await conversation.say("faq") == [
        "user(faq)",
        "reject case_form",
        "act utter_faq",
        "bot '答'",
        "act case_form",
        "slot requested_slot='detail'",
        "bot '什么事'",
        "act action_listen",
    ]


async def test_a_rule_without_return_suspends_the_form_until_a_rule_runs_it_again(
    talk: Callable[..., Any],
) -> None:
    rules = (
        RULES
        + """
- rule: chat
  condition: [{active_loop: case_form}]
  steps: [{intent: thanks}, {action: utter_chat}]
"""
    )
    conversation = talk(DOMAIN, rules)
    await conversation.say("complain")

    assert await conversation.say("thanks") == [
        "user(thanks)",
        "reject case_form",
        "act utter_chat",
        "bot '不客气'",
        "act action_listen",
    ]
    # A proper answer is not listened for now: no slot, no form, the default fallback.
    assert await conversation.say("inform", "太吵") == [
        "user(inform)",
        "act action_default_fallback",
        "rewind",
        "act action_listen",
    ]
    # A general rule's listening is replaced by the form, which is live again after that.
    assert (await conversation.say("faq"))[-4:] == [
        "act case_form",
        "slot requested_slot='detail'",
        "bot '什么事'",
        "act action_listen",
    ]
    assert "slot detail='太吵'" in await conversation.say("inform", "太吵")


async def test_a_fallback_in_a_form_takes_the_refusal_back_and_does_not_ask_again(
    talk: Callable[..., Any],
) -> None:
    conversation = talk(DOMAIN, RULES)
    await conversation.say("complain")

    assert await conversation.say("thanks") == [
        "user(thanks)",
        "reject case_form",
        "act action_default_fallback",
        "rewind",
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


async def test_a_form_cannot_answer_right_after_its_own_refusal(
    talk: Callable[..., Any],
) -> None:
    rules = (
        RULES
        + """
- rule: thanks
  condition: [{active_loop: case_form}]
  steps: [{intent: thanks}, {action: case_form}, {active_loop: case_form}]
"""
    )
    conversation = talk(DOMAIN, rules)
    await conversation.say("complain")

    assert await conversation.say("thanks") == [
        "user(thanks)",
        "reject case_form",
        "loop_interrupted",
        "act action_default_fallback",
        "rewind",
        "act action_listen",
    ]


async def test_a_text_mapping_swallows_every_intent_that_it_does_not_exclude(
    talk: Callable[..., Any],
) -> None:
    conversation = talk(DOMAIN, RULES)
    await conversation.say("complain")

    events = await conversation.say("greet", "你好")

    assert events[1:3] == ["slot detail='你好'", "act case_form"]


async def test_several_slots_in_one_message_are_all_taken(talk: Callable[..., Any]) -> None:
    domain = DOMAIN.replace(
        "- type: from_text\n      not_intent: [faq, stop, nlu_fallback, thanks]\n"
        "      conditions: [{active_loop: case_form, requested_slot: address}]",
        "- {type: from_entity, entity: address}",
    )
    conversation = talk(domain, RULES)
    await conversation.say("complain")

    assert await conversation.say("inform", "太吵", {"address": "夫子庙"}) == [
        "user(inform)",
        "slot detail='太吵'",
        "slot address='夫子庙'",
        "act case_form",
        "slot requested_slot=None",
        "loop None",
        "act utter_done",
        "bot '完成'",
        "act action_listen",
    ]


async def test_another_forms_start_rule_switches_and_the_first_form_is_forgotten(
    talk: Callable[..., Any],
) -> None:
    domain = DOMAIN.replace("forms:\n", "forms:\n  other_form: {required_slots: [name]}\n").replace(
        "slots:\n",
        "slots:\n  name:\n    type: text\n    influence_conversation: false\n    mappings:\n"
        "    - type: from_text\n      not_intent: [faq, stop, thanks]\n"
        "      conditions: [{active_loop: other_form, requested_slot: name}]\n",
    )
    rules = (
        RULES
        + """
- rule: other
  steps: [{intent: thanks}, {action: other_form}, {active_loop: other_form}]
- rule: other done
  condition: [{active_loop: other_form}]
  steps: [{action: other_form}, {active_loop: null}, {action: utter_chat}]
"""
    )
    conversation = talk(domain, rules)
    await conversation.say("complain")

    assert await conversation.say("thanks") == [
        "user(thanks)",
        "reject case_form",
        "act other_form",
        "loop other_form",
        "slot requested_slot='name'",
        "act action_listen",
    ]
    assert conversation.loop == "other_form"
    assert (await conversation.say("inform", "王"))[-3:] == [
        "act utter_chat",
        "bot '不客气'",
        "act action_listen",
    ]
    assert conversation.loop is None


async def test_a_multi_turn_rule_comes_back_to_the_form_without_reading_the_answer(
    talk: Callable[..., Any],
) -> None:
    config = """
recipe: default.v1
pipeline: [{name: stub.Understanding}]
policies: [{name: RulePolicy, restrict_rules: false}]
"""
    domain = DOMAIN.replace("[faq, stop, nlu_fallback, thanks]", "[faq, stop, thanks, affirm]")
    rules = RULES.replace(
        "  - intent: stop\n  - action: action_deactivate_loop\n  - active_loop: null\n"
        "  - action: utter_stop\n",
        "  - intent: stop\n  - action: utter_stop\n  - intent: affirm\n  - action: case_form\n"
        "  - active_loop: case_form\n",
    )
    conversation = talk(domain, rules, config=config)
    await conversation.say("complain")

    assert await conversation.say("stop") == [
        "user(stop)",
        "reject case_form",
        "act utter_stop",
        "bot '好'",
        "act action_listen",
    ]
    assert await conversation.say("affirm", "继续") == [
        "user(affirm)",
        "loop_interrupted",
        "act case_form",
        "slot requested_slot='detail'",
        "bot '什么事'",
        "act action_listen",
    ]


async def test_a_question_is_said_with_the_slot_asked_for_before(
    talk: Callable[..., Any],
) -> None:
    domain = DOMAIN.replace("什么事", '"{requested_slot}"').replace("在哪里", '"{requested_slot}"')
    conversation = talk(domain, RULES)

    await conversation.say("complain")
    assert conversation.texts == ["None"]
    await conversation.say("inform", "太吵")
    assert conversation.texts == ["detail"]


async def test_a_question_of_the_form_goes_before_the_slots_and_an_action_before_a_response(
    talk: Callable[..., Any],
) -> None:
    from rasa_sdk import Action

    class Ask(Action):
        def name(self) -> str:
            return "action_ask_case_form_detail"

        async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Any]:
            dispatcher.utter_message(text=f"asked after {tracker.latest_action_name}")
            return []

    domain = (
        DOMAIN.replace("intents:", "actions: [action_ask_case_form_detail]\nintents:")
        + "  utter_ask_case_form_detail: [{text: form}]\n"
        + "  utter_ask_case_form_address: [{text: 表}]\n"
    )
    conversation = talk(domain, RULES, [Ask])

    await conversation.say("complain")
    assert conversation.texts == ["asked after case_form"]
    await conversation.say("inform", "太吵")
    assert conversation.texts == ["表"]
