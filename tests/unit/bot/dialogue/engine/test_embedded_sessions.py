"""Sessions, restarts, and taking back."""

from collections.abc import Callable
from typing import Any

from rasa_sdk import Action
from rasa_sdk.events import ActionExecuted, SessionStarted, SlotSet

from kernel.clock import ManualClock

Make = Callable[..., Any]

DOMAIN = """
intents: [greet, complain, inform, faq]
entities: [name]
session_config: {session_expiration_time: 60, carry_over_slots_to_new_session: true}
slots:
  name: {type: any, mappings: [{type: from_entity, entity: name}]}
  start: {type: any, initial_value: s, mappings: [{type: custom}]}
  detail:
    type: text
    influence_conversation: false
    mappings:
    - type: from_text
      not_intent: [faq]
      conditions: [{active_loop: case_form, requested_slot: detail}]
  address:
    type: text
    influence_conversation: false
    mappings:
    - type: from_text
      not_intent: [faq]
      conditions: [{active_loop: case_form, requested_slot: address}]
forms:
  case_form: {required_slots: [detail, address]}
responses:
  utter_greet: [{text: 您好}]
  utter_restart: [{text: 重来}]
  utter_back: [{text: 退回}]
  utter_done: [{text: 完成}]
"""
RULES = """
rules:
- rule: greet
  steps: [{intent: greet}, {action: utter_greet}]
- rule: start
  steps: [{intent: complain}, {action: case_form}, {active_loop: case_form}]
- rule: done
  condition: [{active_loop: case_form}]
  steps: [{action: case_form}, {active_loop: null}, {action: utter_done}]
"""


async def test_a_session_ends_by_silence_and_carries_slots_over(
    talk: Make, clock: ManualClock
) -> None:
    conversation = talk(DOMAIN, RULES)
    await conversation.say("greet", entities={"name": "王"})
    await conversation.say("greet", entities={"name": "李"})

    clock.advance(minutes=60)
    assert (await conversation.say("greet"))[0] == "user(greet)"
    clock.advance(minutes=61)
    assert (await conversation.say("greet"))[:7] == [
        "slot session_started_metadata={'message_id': 'msg4'}",
        "act action_session_start",
        "session_started",
        "slot name='李'",
        "slot session_started_metadata={'message_id': 'msg4'}",
        "act action_listen",
        "user(greet)",
    ]


async def test_a_form_is_lost_with_its_session_but_the_asked_slot_stays_asked(
    talk: Make, clock: ManualClock
) -> None:
    conversation = talk(DOMAIN, RULES)
    await conversation.say("complain")
    await conversation.say("inform", "太吵")
    clock.advance(hours=2)

    events = await conversation.say("inform", "夫子庙")
    assert "act action_default_fallback" in events
    assert conversation.loop is None
    # The stale question makes the start of the next form read its own message as the answer.
    events = await conversation.say("complain", "投诉")
    assert "slot address='投诉'" in events
    assert conversation.texts == ["完成"]


async def test_a_form_lasts_from_the_message_that_started_it(
    talk: Make, clock: ManualClock
) -> None:
    conversation = talk(DOMAIN, RULES)
    await conversation.say("complain")
    clock.advance(minutes=50)
    await conversation.say("inform", "太吵")
    clock.advance(minutes=20)

    # The answers fold away in Rasa's tracker, so the last message that counts is 70 minutes old.
    assert "session_started" in await conversation.say("inform", "夫子庙")


async def test_without_carry_over_all_slots_begin_anew(talk: Make, clock: ManualClock) -> None:
    domain = DOMAIN.replace(
        "carry_over_slots_to_new_session: true", "carry_over_slots_to_new_session: false"
    )
    conversation = talk(domain, RULES)
    await conversation.say("complain", entities={"name": "王"})
    clock.advance(hours=2)
    events = await conversation.say("greet")

    assert events[:4] == [
        "slot session_started_metadata={'message_id': 'msg2'}",
        "act action_session_start",
        "session_started",
        "act action_listen",
    ]
    assert conversation.slots["name"] is None
    assert conversation.slots["requested_slot"] is None


async def test_sessions_of_zero_minutes_never_end(talk: Make, clock: ManualClock) -> None:
    conversation = talk(DOMAIN.replace("expiration_time: 60", "expiration_time: 0"), RULES)
    await conversation.say("greet")
    clock.advance(days=400)

    assert (await conversation.say("greet"))[0] == "user(greet)"


async def test_a_session_start_of_ones_own(talk: Make) -> None:
    class Start(Action):
        def name(self) -> str:
            return "action_session_start"

        async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Any]:
            dispatcher.utter_message(text="welcome")
            return [SessionStarted(), SlotSet("name", "anon"), ActionExecuted("action_listen")]

    conversation = talk("actions: [action_session_start]\n" + DOMAIN, RULES, [Start])
    events = await conversation.say("greet")

    assert events[1:6] == [
        "act action_session_start",
        "bot 'welcome'",
        "session_started",
        "slot name='anon'",
        "act action_listen",
    ]
    assert conversation.texts == ["welcome", "您好"]


async def test_a_session_start_that_fails_leaves_the_first_message_unanswered(
    talk: Make,
) -> None:
    class Start(Action):
        def name(self) -> str:
            return "action_session_start"

        async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Any]:
            raise RuntimeError

    conversation = talk("actions: [action_session_start]\n" + DOMAIN, RULES, [Start])

    assert (await conversation.say("greet"))[1:] == [
        "act action_session_start",
        "user(greet)",
        "act action_default_fallback",
        "rewind",
        "act action_listen",
    ]
    await conversation.say("greet")
    assert conversation.texts == ["您好"]


async def test_a_restart_begins_anew_with_initial_slots(talk: Make) -> None:
    conversation = talk(DOMAIN, RULES)
    await conversation.say("complain", entities={"name": "王"})

    assert (await conversation.say(None, "/restart"))[-6:] == [
        "act action_restart",
        "bot '重来'",
        "restart",
        "act action_session_start",
        "session_started",
        "act action_listen",
    ]
    assert conversation.slots["name"] is None
    assert conversation.slots["start"] == "s"
    assert conversation.loop is None


async def test_a_restart_beats_a_form(talk: Make) -> None:
    conversation = talk(DOMAIN, RULES)
    await conversation.say("complain")

    assert "act action_restart" in await conversation.say(None, "/restart")


async def test_going_back_takes_back_two_messages(talk: Make) -> None:
    conversation = talk(DOMAIN, RULES)
    await conversation.say("greet", entities={"name": "王"})
    await conversation.say("greet", entities={"name": "李"})

    assert await conversation.say(None, "/back") == [
        "user(back)",
        "act action_back",
        "bot '退回'",
        "rewind",
        "rewind",
        "act action_listen",
    ]
    assert conversation.slots["name"] == "王"


async def test_going_back_in_a_form_takes_back_the_whole_form(talk: Make) -> None:
    conversation = talk(DOMAIN, RULES)
    await conversation.say("greet")
    await conversation.say("complain")
    await conversation.say("inform", "太吵")

    await conversation.say(None, "/back")

    assert conversation.loop is None
    assert conversation.slots["detail"] is None
    assert conversation.slots["requested_slot"] is None


async def test_a_form_that_ended_without_a_rule_is_taken_back_as_a_whole(talk: Make) -> None:
    rules = RULES.replace(
        "- rule: done\n  condition: [{active_loop: case_form}]\n"
        "  steps: [{action: case_form}, {active_loop: null}, {action: utter_done}]\n",
        "",
    )
    conversation = talk(DOMAIN, rules)
    await conversation.say("greet")
    await conversation.say("complain")
    await conversation.say("inform", "太吵")
    events = await conversation.say("inform", "夫子庙")

    assert events[-3:] == ["act action_default_fallback", "rewind", "act action_listen"]
    assert conversation.loop is None
    assert conversation.slots["detail"] is None
    assert conversation.slots["address"] is None


async def test_the_state_of_a_long_conversation_stays_small(talk: Make) -> None:
    conversation = talk(DOMAIN, RULES)
    sizes = []
    for number in range(60):
        await conversation.say(("greet", "complain", "inform", "inform")[number % 4], "话" * 20)
        assert conversation.state is not None
        sizes.append(len(conversation.state))

    assert max(sizes) < 12_000
    assert max(sizes[40:]) <= max(sizes[:40]) * 1.1


async def test_two_conversations_with_one_engine_do_not_touch(talk: Make) -> None:
    first = talk(DOMAIN, RULES)
    await first.say("complain")
    kept, first.state = first.state, None
    await first.say("greet")
    assert first.loop is None
    first.state = kept
    await first.say("inform", "太吵")

    assert first.slots["detail"] == "太吵"
