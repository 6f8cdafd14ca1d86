"""What happens where no rule speaks, and the guard against answering for ever."""

from collections.abc import Callable
from typing import Any, ClassVar

from rasa_sdk import Action
from rasa_sdk.events import ActionExecutionRejected, ConversationPaused, UserUtteranceReverted

Make = Callable[..., Any]

DOMAIN = """
intents: [greet, lost, go]
entities: [language]
slots:
  language:
    type: categorical
    values: [zh, en]
    mappings: [{type: from_entity, entity: language}]
actions: [action_my, action_go]
responses:
  utter_greet: [{text: 您好}]
  utter_default: [{text: 没懂}]
"""
RULES = """
rules:
- rule: greet
  steps: [{intent: greet}, {action: utter_greet}]
"""


def config(options: str) -> str:
    return f"""
recipe: default.v1
pipeline: [{{name: stub.Understanding}}]
policies: [{{name: RulePolicy{options}}}]
"""


class My(Action):
    events: ClassVar[list[Any]] = []

    def name(self) -> str:
        return "action_my"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Any]:
        dispatcher.utter_message(text="my")
        return list(self.events)


class Go(Action):
    def name(self) -> str:
        return "action_go"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Any]:
        dispatcher.utter_message(text="go")
        return []


async def test_the_default_fallback_takes_back_the_message_and_its_slots(talk: Make) -> None:
    conversation = talk(DOMAIN, RULES)
    await conversation.say("greet")

    assert await conversation.say("lost", entities={"language": "en"}) == [
        "user(lost)",
        "slot language='en'",
        "act action_default_fallback",
        "bot '没懂'",
        "rewind",
        "act action_listen",
    ]
    fallback, listen = conversation.answer.events[-4], conversation.answer.events[-1]
    assert (fallback["policy"], fallback["confidence"]) == ("RulePolicy", 0.3)
    assert listen["policy"] == "RulePolicy"
    assert conversation.slots["language"] is None


async def test_a_fallback_on_the_first_message_listens_as_a_followup(talk: Make) -> None:
    conversation = talk(DOMAIN, RULES)
    await conversation.say("lost")

    assert conversation.answer.events[-1]["policy"] == "followup_action"
    # With the session's first listening taken back there is nothing left but to listen.
    assert conversation.events[-2:] == ["rewind", "act action_listen"]
    assert await conversation.say("greet") == [
        "user(greet)",
        "act utter_greet",
        "bot '您好'",
        "act action_listen",
    ]


async def test_a_fallback_without_words_is_silent(talk: Make) -> None:
    conversation = talk(DOMAIN.replace("utter_default", "utter_other"), RULES)
    await conversation.say("lost")

    assert conversation.texts == []


async def test_a_fallback_action_of_ones_own_is_repeated_until_the_guard_stops_it(
    talk: Make,
) -> None:
    My.events = []
    conversation = talk(DOMAIN, RULES, [My, Go], config(", core_fallback_action_name: action_my"))
    await conversation.say("lost")

    assert conversation.texts == ["my"] * 10
    # Rasa would now stay silent for good; here it listens.
    assert conversation.events[-1] == "act action_listen"
    await conversation.say("greet")
    assert conversation.texts == ["您好"]


async def test_the_guard_counts_the_actions_of_earlier_turns_that_did_not_listen(
    talk: Make,
) -> None:
    conversation = talk(DOMAIN, RULES, [My, Go], config(", core_fallback_action_name: action_my"))
    My.events = [ConversationPaused()]
    assert (await conversation.say("lost"))[-1] == "pause"
    assert await conversation.say("lost") == ["user(lost)"]
    My.events = []

    # A paused conversation lets a restart through, which is no restart as nothing listened before.
    await conversation.say(None, "/restart")
    assert conversation.texts == ["my"] * 9
    assert conversation.events[-1] == "act action_listen"


async def test_an_action_that_refused_in_an_earlier_turn_is_not_tried_again(talk: Make) -> None:
    rules = (
        RULES + "- rule: go\n  steps: [{intent: lost}, {action: action_go}, {action: action_my}]\n"
    )
    conversation = talk(DOMAIN, rules, [My, Go], config(", core_fallback_action_name: action_my"))
    My.events = [ActionExecutionRejected("action_my"), ConversationPaused()]
    assert (await conversation.say("lost"))[-2:] == ["reject action_my", "pause"]
    My.events = []

    # What follows action_go is action_my, by the fallback as by the rule; both refused.
    assert await conversation.say(None, "/restart") == ["user(restart)", "act action_listen"]


async def test_a_fallback_action_of_ones_own_ends_by_a_rule_or_by_reverting(talk: Make) -> None:
    options = config(", core_fallback_action_name: action_my, core_fallback_threshold: 0.4")
    My.events = []
    by_rule = talk(
        DOMAIN, RULES + "- rule: my\n  steps: [{action: action_my}]\n", [My, Go], options
    )
    await by_rule.say("lost")
    assert by_rule.texts == ["my"]
    assert by_rule.answer.events[-3]["confidence"] == 0.4

    My.events = [UserUtteranceReverted()]
    reverting = talk(DOMAIN, RULES, [My, Go], options)
    await reverting.say("lost")
    assert reverting.texts == ["my"]


async def test_without_fallback_it_listens_and_keeps_slots(talk: Make) -> None:
    conversation = talk(DOMAIN, RULES, config=config(", enable_fallback_prediction: false"))
    await conversation.say("greet")

    assert await conversation.say("lost", entities={"language": "en"}) == [
        "user(lost)",
        "slot language='en'",
        "act action_listen",
    ]
    assert conversation.answer.events[-1]["confidence"] == 0.0
    assert conversation.slots["language"] == "en"


async def test_actions_without_end_are_stopped_after_ten(talk: Make) -> None:
    rules = """
rules:
- rule: go
  steps: [{intent: go}, {action: action_go}]
  wait_for_user_input: false
- rule: again
  steps: [{action: action_go}, {action: action_my}]
  wait_for_user_input: false
- rule: and again
  steps: [{action: action_my}, {action: action_go}]
  wait_for_user_input: false
- rule: greet
  steps: [{intent: greet}, {action: utter_greet}]
"""
    My.events = []
    conversation = talk(DOMAIN, rules, [My, Go])
    await conversation.say("go")

    assert len(conversation.texts) == 10
    assert conversation.events[-1] == "act action_listen"
    await conversation.say("greet")
    assert conversation.texts == ["您好"]
