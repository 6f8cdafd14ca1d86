"""Custom actions in process: what they are given, what their answers and failures do."""

from collections.abc import Callable
from typing import Any

import pytest
from rasa_sdk import Action
from rasa_sdk.events import (
    ActionExecuted,
    ActionExecutionRejected,
    AllSlotsReset,
    BotUttered,
    ConversationPaused,
    FollowupAction,
    Restarted,
    SlotSet,
    UserUtteranceReverted,
)
from rasa_sdk.interfaces import ActionExecutionRejection

Make = Callable[..., Any]

DOMAIN = """
intents: [greet, go, faq]
entities: []
slots:
  language:
    type: categorical
    values: [zh, en]
    initial_value: zh
    mappings: [{type: custom}]
  n: {type: any, mappings: [{type: custom}]}
actions: [action_do, action_other]
responses:
  utter_after: [{text: after}]
  utter_hi: [{text: "您好 {name} {n}"}]
  utter_lang:
  - text: 中文
    condition: [{type: slot, name: language, value: zh}]
  - text: English
    condition: [{type: slot, name: language, value: en}]
  utter_faq: [{text: 答}]
  utter_default: [{text: default}]
"""
RULES = """
rules:
- rule: go
  steps: [{intent: go}, {action: action_do}, {action: utter_after}]
- rule: faq
  steps: [{intent: faq}, {action: utter_faq}]
- rule: other
  steps: [{action: action_other}, {action: utter_faq}]
"""


def doing(run: Callable[[Any, Any], list[Any] | None], name: str = "action_do") -> type[Action]:
    class Does(Action):
        def name(self) -> str:
            return name

        async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> Any:
            return run(dispatcher, tracker)

    return Does


def other(run: Callable[[Any, Any], list[Any] | None] = lambda _d, _t: []) -> type[Action]:
    return doing(run, "action_other")


async def test_messages_come_before_events_even_when_said_last(talk: Make) -> None:
    def run(dispatcher: Any, tracker: Any) -> list[Any]:
        dispatcher.utter_message(text="said")
        return [SlotSet("n", 1)]

    conversation = talk(DOMAIN, RULES, [doing(run), other()])

    assert (await conversation.say("go"))[5:] == [
        "user(go)",
        "act action_do",
        "bot 'said'",
        "slot n=1",
        "act utter_after",
        "bot 'after'",
        "act action_listen",
    ]


async def test_an_action_is_given_the_whole_tracker_and_the_domain(talk: Make) -> None:
    given: list[dict[str, Any]] = []

    class Executor:
        async def run(self, call: dict[str, Any]) -> Any:
            given.append({**call, "events": list(call["tracker"]["events"])})

    conversation = talk(DOMAIN, RULES, executor=Executor())
    await conversation.say("faq")
    await conversation.say("go", "做", category={"code": "0302"})
    call = given[0]
    tracker = call["tracker"]

    assert call["next_action"] == "action_do"
    assert call["sender_id"] == tracker["sender_id"] == "cnv"
    assert call["version"] == "3.6.21"
    assert set(call["domain"]) == {
        "version",
        "intents",
        "entities",
        "slots",
        "forms",
        "responses",
        "actions",
        "session_config",
    }
    assert tracker["slots"] == {
        "language": "zh",
        "n": None,
        "session_started_metadata": {"message_id": "msg1"},
    }
    assert tracker["latest_message"]["text"] == "做"
    assert tracker["latest_message"]["intent"]["name"] == "go"
    assert tracker["latest_message"]["metadata"] == {"message_id": "msg2"}
    assert tracker["latest_message"]["category"] == {"code": "0302"}
    assert tracker["latest_action_name"] == "action_listen"
    assert tracker["latest_input_channel"] == "rest"
    assert tracker["active_loop"] == {}
    assert tracker["followup_action"] is None
    assert tracker["paused"] is False
    names = [event["event"] for event in call["events"]]
    assert names[:2] == ["action", "session_started"]
    assert names[-2:] == ["user", "user_featurization"]
    assert names.count("user") == 2


async def test_what_an_action_changes_in_its_tracker_changes_nothing_here(talk: Make) -> None:
    def run(dispatcher: Any, tracker: Any) -> list[Any]:
        tracker.slots["n"] = "changed"
        tracker.latest_message["text"] = "changed"
        tracker.events.clear()
        return []

    conversation = talk(DOMAIN, RULES, [doing(run), other()])
    await conversation.say("go", "做")

    assert conversation.slots["n"] is None
    user = next(e for e in conversation.answer.events if e["event"] == "user")
    assert user["parse_data"]["text"] == "做"


async def test_a_kept_value_is_not_shared_with_the_action_that_gave_it(talk: Make) -> None:
    kept: list[dict[str, Any]] = []

    def run(dispatcher: Any, tracker: Any) -> list[Any]:
        value = tracker.get_slot("n") or {"count": 0}
        value["count"] += 1
        kept.append(value)
        return [SlotSet("n", value)] if len(kept) == 1 else []

    conversation = talk(DOMAIN, RULES, [doing(run), other()])
    await conversation.say("go")
    await conversation.say("go")

    assert conversation.slots["n"] == {"count": 1}


@pytest.mark.parametrize(
    "run",
    [
        lambda _d, _t: 1 / 0,
        lambda _d, _t: [{"event": "no_such_event"}],
        lambda _d, _t: [SlotSet("n", object())],
        lambda _d, _t: [SlotSet("n", float("nan"))],
        lambda _d, _t: [SlotSet("n", 5), {"event": "reminder", "name": "r"}],
    ],
)
async def test_a_failed_action_counts_as_done_without_its_events(talk: Make, run: Any) -> None:
    conversation = talk(DOMAIN, RULES, [doing(run), other()])

    assert (await conversation.say("go"))[6:] == [
        "act action_do",
        "act utter_after",
        "bot 'after'",
        "act action_listen",
    ]
    assert conversation.slots["n"] is None


async def test_an_action_that_nobody_registered_counts_as_failed(talk: Make) -> None:
    conversation = talk(DOMAIN, RULES, [])
    await conversation.say("go")

    assert conversation.texts == ["after"]


async def test_a_raised_rejection_gives_the_fallback(talk: Make) -> None:
    def run(dispatcher: Any, tracker: Any) -> list[Any]:
        dispatcher.utter_message(text="lost")
        raise ActionExecutionRejection("action_do")

    conversation = talk(DOMAIN, RULES, [doing(run), other()])

    assert (await conversation.say("go"))[6:] == [
        "reject action_do",
        "act action_default_fallback",
        "bot 'default'",
        "rewind",
        "act action_listen",
    ]


async def test_a_rejection_among_the_events_lets_messages_and_slots_pass(talk: Make) -> None:
    def run(dispatcher: Any, tracker: Any) -> list[Any]:
        dispatcher.utter_message(text="said")
        return [SlotSet("n", 1), ActionExecutionRejected("action_do")]

    conversation = talk(DOMAIN, RULES, [doing(run), other()])

    assert (await conversation.say("go"))[6:] == [
        "bot 'said'",
        "slot n=1",
        "reject action_do",
        "act action_default_fallback",
        "bot 'default'",
        "rewind",
        "act action_listen",
    ]
    assert conversation.texts == ["said", "default"]


async def test_a_slot_that_does_not_exist_is_logged_and_ignored(talk: Make) -> None:
    conversation = talk(
        DOMAIN, RULES, [doing(lambda _d, _t: [SlotSet("nosuch", 1), SlotSet("n", 2)]), other()]
    )
    await conversation.say("go")

    assert conversation.slots["n"] == 2
    assert "nosuch" not in conversation.slots


async def test_resetting_all_slots_gives_initial_values(talk: Make) -> None:
    runs = iter([[SlotSet("n", 1), SlotSet("language", "en")], [AllSlotsReset()]])
    conversation = talk(DOMAIN, RULES, [doing(lambda _d, _t: next(runs)), other()])
    await conversation.say("go")
    assert conversation.slots["language"] == "en"
    await conversation.say("go")

    assert conversation.slots["n"] is None
    assert conversation.slots["language"] == "zh"


async def test_a_pause_logs_messages_and_answers_none(talk: Make) -> None:
    conversation = talk(DOMAIN, RULES, [doing(lambda _d, _t: [ConversationPaused()]), other()])

    assert (await conversation.say("go"))[-2:] == ["act action_do", "pause"]
    assert await conversation.say("faq") == ["user(faq)"]
    assert conversation.texts == []
    # It is let through, but as nothing listened before, it does not restart.
    assert "restart" not in await conversation.say(None, "/restart")


async def test_a_bot_event_is_sent_like_a_message(talk: Make) -> None:
    conversation = talk(
        DOMAIN, RULES, [doing(lambda _d, _t: [BotUttered("event", {"buttons": None})]), other()]
    )
    await conversation.say("go")

    assert conversation.texts == ["event", "after"]


async def test_a_followup_runs_whatever_the_rules_say_and_then_rules_go_on(talk: Make) -> None:
    conversation = talk(
        DOMAIN, RULES, [doing(lambda _d, _t: [FollowupAction("action_other")]), other()]
    )

    assert (await conversation.say("go"))[6:] == [
        "act action_do",
        "followup",
        "act action_other",
        "act utter_faq",
        "bot '答'",
        "act action_listen",
    ]
    assert conversation.answer.events[-4]["policy"] == "followup_action"
    assert conversation.answer.events[-3]["policy"] == "RulePolicy"


async def test_an_unknown_followup_is_ignored(talk: Make) -> None:
    conversation = talk(DOMAIN, RULES, [doing(lambda _d, _t: [FollowupAction("nosuch")]), other()])
    await conversation.say("go")

    assert conversation.texts == ["after"]


async def test_a_followup_of_listening_ends_the_turn(talk: Make) -> None:
    conversation = talk(
        DOMAIN, RULES, [doing(lambda _d, _t: [FollowupAction("action_listen")]), other()]
    )

    assert (await conversation.say("go"))[6:] == [
        "act action_do",
        "followup",
        "act action_listen",
    ]


async def test_a_reverted_message_takes_its_slots_along(talk: Make) -> None:
    conversation = talk(
        DOMAIN,
        RULES,
        [doing(lambda _d, _t: [SlotSet("n", 1), UserUtteranceReverted()]), other()],
    )

    events = await conversation.say("go")

    assert events[6:] == ["act action_do", "slot n=1", "rewind", "act action_listen"]
    assert conversation.slots["n"] is None


async def test_a_restart_by_an_action_starts_a_session(talk: Make) -> None:
    conversation = talk(
        DOMAIN, RULES, [doing(lambda _d, _t: [SlotSet("n", 1), Restarted()]), other()]
    )

    assert (await conversation.say("go"))[6:] == [
        "act action_do",
        "slot n=1",
        "restart",
        "act action_session_start",
        "session_started",
        "act action_listen",
    ]
    assert conversation.slots["n"] is None


async def test_a_logged_listening_does_not_loop_for_ever(talk: Make) -> None:
    conversation = talk(
        DOMAIN, RULES, [doing(lambda _d, _t: [ActionExecuted("action_listen")]), other()]
    )
    events = await conversation.say("go")

    assert events.count("act action_do") <= 30
    assert events[-1] == "act action_listen"
    await conversation.say("faq")
    assert conversation.texts == ["答"]


async def test_a_named_response_is_filled_with_the_slots_from_before_the_events(
    talk: Make,
) -> None:
    def run(dispatcher: Any, tracker: Any) -> list[Any]:
        dispatcher.utter_message(response="utter_lang")
        return [SlotSet("language", "en")]

    conversation = talk(DOMAIN, RULES, [doing(run), other()])
    await conversation.say("go")

    assert conversation.texts[0] == "中文"


async def test_a_named_response_takes_values_texts_and_buttons_from_the_action(
    talk: Make,
) -> None:
    def run(dispatcher: Any, tracker: Any) -> list[Any]:
        dispatcher.utter_message(response="utter_hi", name="王", n=7)
        dispatcher.utter_message(response="utter_hi", text="instead {n}", name="王")
        dispatcher.utter_message(
            response="utter_faq", buttons=[{"title": "t", "payload": "/p"}], image="i"
        )
        dispatcher.utter_message(response="utter_nosuch", text="lost")
        dispatcher.utter_message(text="verbatim {n}")
        dispatcher.utter_message(json_message={"kind": "card"})
        return []

    conversation = talk(DOMAIN, RULES, [doing(run), other()])
    await conversation.say("go")
    replies = conversation.replies

    assert [reply.text for reply in replies] == [
        "您好 王 7",
        "instead {n}",
        "答",
        "verbatim {n}",
        "",
        "after",
    ]
    assert [(b.title, b.payload) for b in replies[2].buttons] == [("t", "/p")]
    assert replies[2].image == "i"
    assert replies[4].custom == {"kind": "card"}
    bot = next(e for e in conversation.answer.events if e["event"] == "bot")
    assert bot["metadata"]["name"] == "王"
    assert bot["metadata"]["utter_action"] == "utter_hi"
