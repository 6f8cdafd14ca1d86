"""Forms with a validation action: validated slots, dynamic slots, refusals and failures."""

from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from rasa_sdk import Action, FormValidationAction
from rasa_sdk.events import ActionExecutionRejected, ActiveLoop, FollowupAction, SlotSet
from rasa_sdk.interfaces import ActionExecutionRejection

Make = Callable[..., Any]

DOMAIN = """
intents: [complain, inform, faq, greet]
entities: [address]
slots:
  detail:
    type: text
    influence_conversation: false
    mappings:
    - type: from_text
      not_intent: [faq, complain, greet]
      conditions: [{active_loop: case_form, requested_slot: detail}]
  address:
    type: any
    mappings: [{type: from_entity, entity: address}]
forms:
  case_form: {required_slots: [detail, address]}
actions: [validate_case_form, action_start]
responses:
  utter_ask_detail: [{text: 什么事}]
  utter_ask_address: [{text: 在哪里}]
  utter_done: [{text: 完成}]
  utter_faq: [{text: 答}]
"""
RULES = """
rules:
- rule: start
  steps: [{intent: complain}, {action: case_form}, {active_loop: case_form}]
- rule: done
  condition: [{active_loop: case_form}]
  steps: [{action: case_form}, {active_loop: null}, {action: utter_done}]
- rule: faq
  steps: [{intent: faq}, {action: utter_faq}]
- rule: begin
  steps: [{intent: greet}, {action: action_start}]
"""


class Seen:
    """What the last validation was given."""

    calls: ClassVar[list[tuple[dict[str, Any], dict[str, Any], str | None]]] = []


class Validate(FormValidationAction):
    """Notes what it is given; behaviour is replaced by the tests."""

    def name(self) -> str:
        return "validate_case_form"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Any]:
        Seen.calls.append(
            (
                tracker.slots_to_validate(),
                dict(tracker.slots),
                tracker.latest_action_name,
            )
        )
        return await super().run(dispatcher, tracker, domain)

    def validate_detail(
        self, value: Any, dispatcher: Any, tracker: Any, domain: Any
    ) -> dict[str, Any]:
        if value == "no":
            dispatcher.utter_message(text="说清楚")
            return {"detail": None}
        if value == "two":
            return {"detail": "one", "address": "by the way"}
        if value == "end":
            return {"detail": "x", "requested_slot": None}
        return {"detail": value.upper()}


class Start(Action):
    returned: ClassVar[list[Any]] = []

    def name(self) -> str:
        return "action_start"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Any]:
        return list(self.returned)


@pytest.fixture
def conversation(talk: Make) -> Any:
    Seen.calls = []
    return talk(DOMAIN, RULES, [Validate, Start])


async def test_values_appear_from_extraction_and_again_validated(conversation: Any) -> None:
    await conversation.say("complain")

    assert await conversation.say("inform", "noise") == [
        "user(inform)",
        "slot detail='noise'",
        "act case_form",
        "slot detail='NOISE'",
        "slot requested_slot='address'",
        "bot '在哪里'",
        "act action_listen",
    ]
    candidates, slots, latest = Seen.calls[-1]
    assert candidates == {"detail": "noise"}
    assert slots["detail"] == "noise"
    assert slots["requested_slot"] == "detail"
    assert latest == "case_form"


async def test_an_activation_with_nothing_filled_validates_twice(conversation: Any) -> None:
    await conversation.say("complain")
    assert conversation.calls == ["validate_case_form", "validate_case_form"]


async def test_an_activation_with_something_filled_validates_once(conversation: Any) -> None:
    assert (await conversation.say("complain", "投诉", {"address": "夫子庙"}))[-8:] == [
        "user(complain)",
        "slot address='夫子庙'",
        "act case_form",
        "loop case_form",
        "slot address='夫子庙'",
        "slot requested_slot='detail'",
        "bot '什么事'",
        "act action_listen",
    ]
    assert conversation.calls == ["validate_case_form"]


async def test_a_refused_value_is_asked_again_without_a_rejection(conversation: Any) -> None:
    await conversation.say("complain")

    assert await conversation.say("inform", "no") == [
        "user(inform)",
        "slot detail='no'",
        "act case_form",
        "bot '说清楚'",
        "slot detail=None",
        "slot requested_slot='detail'",
        "bot '什么事'",
        "act action_listen",
    ]


async def test_a_validation_may_fill_other_slots(conversation: Any) -> None:
    await conversation.say("complain")
    events = await conversation.say("inform", "two")

    assert events[3:] == [
        "slot detail='one'",
        "slot address='by the way'",
        "slot requested_slot=None",
        "loop None",
        "act utter_done",
        "bot '完成'",
        "act action_listen",
    ]


async def test_a_validation_may_end_the_form_early(conversation: Any) -> None:
    await conversation.say("complain")
    events = await conversation.say("inform", "end")

    assert events[-7:] == [
        "slot detail='x'",
        "slot requested_slot=None",
        "slot requested_slot=None",
        "loop None",
        "act utter_done",
        "bot '完成'",
        "act action_listen",
    ]


async def test_coming_back_after_an_interruption_asks_the_validation_for_nothing(
    conversation: Any,
) -> None:
    await conversation.say("complain")
    Seen.calls.clear()

    assert "reject case_form" in await conversation.say("faq")
    assert conversation.calls == ["validate_case_form", "validate_case_form"]
    assert [candidates for candidates, _, _ in Seen.calls][-1] == {}


async def test_an_action_may_start_a_form_which_then_reads_the_message(
    conversation: Any,
) -> None:
    Start.returned = [ActiveLoop("case_form")]
    events = await conversation.say("greet")

    assert events[-7:] == [
        "user(greet)",
        "act action_start",
        "loop case_form",
        "act case_form",
        "slot requested_slot='detail'",
        "bot '什么事'",
        "act action_listen",
    ]


async def test_a_followup_runs_the_form_with_its_activation(conversation: Any) -> None:
    Start.returned = [FollowupAction("case_form")]
    events = await conversation.say("greet")

    assert events[-7:] == [
        "act action_start",
        "followup",
        "act case_form",
        "loop case_form",
        "slot requested_slot='detail'",
        "bot '什么事'",
        "act action_listen",
    ]


class Dynamic(FormValidationAction):
    """Required slots by the value of `detail`; reads the message itself."""

    def name(self) -> str:
        return "validate_case_form"

    async def required_slots(self, slots: Any, dispatcher: Any, tracker: Any, domain: Any) -> Any:
        return ["detail", "address"] if tracker.slots.get("detail") else ["detail"]

    async def extract_detail(self, dispatcher: Any, tracker: Any, domain: Any) -> dict[str, Any]:
        if tracker.slots.get("requested_slot") != "detail":
            return {}
        text = tracker.latest_message["text"]
        if tracker.latest_message["intent"]["name"] != "inform":
            return {}
        return {"detail": None if text == "?" else text}

    async def extract_address(self, dispatcher: Any, tracker: Any, domain: Any) -> dict[str, Any]:
        if tracker.slots.get("requested_slot") != "address":
            return {}
        return {"address": tracker.latest_message["text"]}

    def validate_detail(self, value: Any, *_: Any) -> Any:
        return {"detail": value}

    def validate_address(self, value: Any, *_: Any) -> Any:
        return {"address": value}


@pytest.fixture
def dynamic(talk: Make) -> Any:
    domain = (
        DOMAIN.replace("required_slots: [detail, address]", "required_slots: []")
        .replace("mappings: [{type: from_entity, entity: address}]", "mappings: [{type: custom}]")
        .replace(
            """- type: from_text
      not_intent: [faq, complain, greet]
      conditions: [{active_loop: case_form, requested_slot: detail}]""",
            "- type: custom",
        )
    )
    return talk(domain, RULES, [Dynamic, Start])


async def test_a_dynamic_form_asks_what_the_validation_names_and_ends_with_two_nones(
    dynamic: Any,
) -> None:
    await dynamic.say("complain")
    assert dynamic.events[-4:-2] == ["loop case_form", "slot requested_slot='detail'"]
    assert dynamic.calls == ["validate_case_form"]

    assert await dynamic.say("inform", "太吵") == [
        "user(inform)",
        "act case_form",
        "slot detail='太吵'",
        "slot requested_slot='address'",
        "bot '在哪里'",
        "act action_listen",
    ]
    assert await dynamic.say("inform", "夫子庙") == [
        "user(inform)",
        "act case_form",
        "slot address='夫子庙'",
        "slot requested_slot=None",
        "slot requested_slot=None",
        "loop None",
        "act utter_done",
        "bot '完成'",
        "act action_listen",
    ]


async def test_an_extraction_of_none_asks_again_and_one_of_nothing_lets_rules_answer(
    dynamic: Any,
) -> None:
    await dynamic.say("complain")

    assert await dynamic.say("inform", "?") == [
        "user(inform)",
        "act case_form",
        "slot detail=None",
        "slot requested_slot='detail'",
        "bot '什么事'",
        "act action_listen",
    ]
    assert await dynamic.say("faq") == [
        "user(faq)",
        "reject case_form",
        "act utter_faq",
        "bot '答'",
        "act case_form",
        "slot requested_slot='detail'",
        "bot '什么事'",
        "act action_listen",
    ]


async def test_a_dynamic_question_is_said_with_the_new_slot(talk: Make) -> None:
    domain = DOMAIN.replace("required_slots: [detail, address]", "required_slots: []").replace(
        "什么事", '"{requested_slot}"'
    )
    conversation = talk(domain, RULES, [Dynamic, Start])
    await conversation.say("complain")

    assert conversation.texts == ["detail"]


def failing(error: Exception | None, events: list[Any] | None = None) -> type[Action]:
    class Fails(Action):
        def name(self) -> str:
            return "validate_case_form"

        async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Any]:
            if tracker.latest_message["intent"]["name"] == "complain" and error is None:
                return []
            if error is not None:
                raise error
            return events or []

    return Fails


async def test_a_validation_down_at_activation_looks_like_a_form_that_ended(talk: Make) -> None:
    conversation = talk(DOMAIN, RULES, [failing(RuntimeError()), Start])
    events = await conversation.say("complain")

    # What Rasa does; `doctor` warns of it, and actions must not fail.
    assert events[-4:] == ["act case_form", "act utter_done", "bot '完成'", "act action_listen"]
    assert conversation.loop is None


async def test_a_validation_down_in_the_form_says_nothing_and_stays(talk: Make) -> None:
    class Later(Validate):
        async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Any]:
            if tracker.latest_message["text"] == "break":
                raise RuntimeError
            return await super().run(dispatcher, tracker, domain)

    conversation = talk(DOMAIN, RULES, [Later, Start])
    await conversation.say("complain")

    assert await conversation.say("inform", "break") == [
        "user(inform)",
        "slot detail='break'",
        "act case_form",
        "act action_listen",
    ]
    assert conversation.texts == []
    assert (await conversation.say("inform", "ok"))[1:4] == [
        "slot detail='ok'",
        "act case_form",
        "slot detail='OK'",
    ]


async def test_a_validation_that_raises_a_rejection_is_the_forms_refusal(talk: Make) -> None:
    class Rejects(Validate):
        async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Any]:
            if tracker.latest_message["text"] == "reject":
                raise ActionExecutionRejection("validate_case_form")
            return await super().run(dispatcher, tracker, domain)

    conversation = talk(DOMAIN, RULES, [Rejects, Start])
    await conversation.say("complain")

    assert await conversation.say("inform", "reject") == [
        "user(inform)",
        "slot detail='reject'",
        "reject case_form",
        "act action_default_fallback",
        "rewind",
        "act action_listen",
    ]
    assert conversation.slots["detail"] is None


async def test_a_rejection_among_the_validations_events_is_logged_with_the_rest(
    talk: Make,
) -> None:
    class Rejects(Validate):
        async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Any]:
            if tracker.latest_message["text"] == "reject":
                return [SlotSet("address", "kept"), ActionExecutionRejected("case_form")]
            return await super().run(dispatcher, tracker, domain)

    conversation = talk(DOMAIN, RULES, [Rejects, Start])
    await conversation.say("complain")

    assert (await conversation.say("inform", "reject"))[:4] == [
        "user(inform)",
        "slot detail='reject'",
        "slot address='kept'",
        "reject case_form",
    ]
    assert "act case_form" not in conversation.events
