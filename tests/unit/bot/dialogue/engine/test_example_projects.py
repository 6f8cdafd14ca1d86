"""Projects in the shape of Rasa's public examples: talked with here, or refused with the reason."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rasa_sdk import Action
from rasa_sdk.events import ReminderScheduled, SlotSet
from structlog.testing import capture_logs

from bot.dialogue.engine.embedded.problems import ProjectInvalid
from bot.dialogue.engine.embedded.project import load_project

PROJECTS = Path(__file__).parents[4] / "projects"
Open = Callable[..., Any]


def doing(name: str, run: Callable[[Any, Any], list[Any]]) -> type[Action]:
    class Does(Action):
        def name(self) -> str:
            return name

        async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> Any:
            return run(dispatcher, tracker)

    return Does


async def test_moodbot_cheers_up_and_hears_whether_it_helped(open_project: Open) -> None:
    mood = open_project(PROJECTS / "moodbot")

    await mood.say("greet")
    assert [button.payload for button in mood.replies[0].buttons] == [
        "/mood_great",
        "/mood_unhappy",
    ]
    await mood.say(None, "/mood_unhappy")
    assert mood.texts == ["Perhaps a picture of a river helps.", "Is it better now?"]
    await mood.say("deny")
    assert mood.texts == ["Until next time."]


async def test_formbot_fills_its_form_past_small_talk_and_a_wrong_number(
    open_project: Open,
) -> None:
    def validate(dispatcher: Any, tracker: Any) -> list[Any]:
        events = []
        for slot, value in tracker.slots_to_validate().items():
            wrong = slot == "num_people" and not str(value).isdigit()
            if wrong:
                dispatcher.utter_message(response="utter_wrong_num_people")
            events.append(SlotSet(slot, None if wrong else value))
        return events

    form = open_project(PROJECTS / "formbot", [doing("validate_restaurant_form", validate)])

    await form.say("request_restaurant", "a table")
    assert (form.texts, form.loop) == (["Which kitchen?"], "restaurant_form")
    await form.say("chitchat", "sunny today")
    assert form.texts == ["Nice weather.", "Which kitchen?"]
    await form.say("inform", "greek", {"cuisine": "greek"})
    await form.say("inform", "some", {"number": "some"})
    assert form.texts == ["A whole number above zero please.", "For how many?"]
    await form.say("inform", "4", {"number": "4"})
    await form.say("affirm", "yes")
    assert form.slots["outdoor_seating"] is True
    await form.say("inform", "near the window")
    assert form.texts == ["Looking: greek, 4, garden True, near the window"]
    assert form.loop is None


async def test_formbot_is_left_in_the_middle(open_project: Open) -> None:
    keep = doing("validate_restaurant_form", lambda _d, _t: [])
    form = open_project(PROJECTS / "formbot", [keep])

    await form.say("request_restaurant")
    await form.say("stop")

    assert (form.texts, form.loop) == (["Left off."], None)


async def test_rules_follow_slots_forms_and_the_start_of_a_talk(open_project: Open) -> None:
    switch = doing("action_switch_faq", lambda _d, _t: [SlotSet("detailed_faq", True)])
    talk = open_project(PROJECTS / "rules", [switch])

    heard = []
    for intent, entities in (
        ("greet", {}),
        ("start_form", {}),
        ("explain", {}),
        ("inform", {"topic": "tides"}),
        ("faq", {}),
        ("switch_faq", {}),
        ("faq", {}),
        ("deny", {}),
        ("greet", {}),
    ):
        await talk.say(intent, entities=entities)
        heard.append(talk.texts)
    await talk.say("faq", "mumble", confidence=0.2)

    assert heard == [
        ["Hello once."],
        ["About what?"],
        ["One word is enough.", "About what?"],
        ["Noted: tides"],
        ["The short answer."],
        [],
        ["The short answer.", "Was that enough?"],
        ["The long answer."],
        [],
    ]
    assert talk.texts == ["Other words please."]


async def test_reminderbot_hears_from_outside_but_sets_no_reminder(
    open_project: Open, clock: Any
) -> None:
    def warn(dispatcher: Any, tracker: Any) -> list[Any]:
        plant = next(tracker.get_latest_entity_values("plant"))
        dispatcher.utter_message(text=f"The {plant} is dry.")
        return []

    def remind(dispatcher: Any, _tracker: Any) -> list[Any]:
        dispatcher.utter_message(text="soon")
        return [ReminderScheduled("EXTERNAL_dry_plant", trigger_date_time=clock.now())]

    talk = open_project(
        PROJECTS / "reminderbot",
        [doing("action_warn_dry", warn), doing("action_set_reminder", remind)],
    )

    await talk.say(None, '/EXTERNAL_dry_plant{"plant": "fern"}')
    assert talk.texts == ["The fern is dry."]
    with capture_logs() as logs:
        await talk.say("ask_remind_call")
    assert talk.texts == []  # nothing is promised that would not be kept
    refused = next(line for line in logs if line["event"] == "action_event_unknown")
    assert (refused["action"], refused["event_type"]) == ("action_set_reminder", "reminder")
    assert "slot" in refused["advice"]


@pytest.mark.parametrize(
    ("name", "reasons"),
    [
        (
            "concertbot",
            [
                ("config.yml:4", "component 'WhitespaceTokenizer'", "understanding of your own"),
                ("config.yml:6", "component 'DIETClassifier'", "only on the rasa engine"),
                ("config.yml:9", "policy 'MemoizationPolicy'", "remove it"),
                ("config.yml:10", "policy 'TEDPolicy'", "RulePolicy alone"),
                ("data/stories.yml:2", "stories", "write rules"),
            ],
        ),
        (
            "knowledgebasebot",
            [
                ("domain.yml:8", "slot type 'unfeaturized'", "use text, bool"),
                ("domain.yml:9", "'action_query_knowledge_base'", "an action of your own"),
            ],
        ),
        (
            "responseselectorbot",
            [
                ("config.yml:5", "component 'ResponseSelector'", "only on the rasa engine"),
                ("domain.yml:5", "response 'utter_faq/opening'", "an intent, a response and a"),
                ("data/rules.yml:6", "intent 'faq/opening'", "use an intent of its own"),
            ],
        ),
        (
            "e2ebot",
            [
                ("data/stories.yml:2", "stories", "write rules"),
                ("data/rules.yml:5", "step 'user'", "name the intent"),
                ("data/rules.yml:6", "step 'bot'", "name a response"),
            ],
        ),
        ("nlg_server", [("endpoints.yml:1", "NLG server", "`responses:` in the domain")]),
    ],
)
def test_what_cannot_be_run_is_refused_with_what_to_write_instead(
    name: str, reasons: list[tuple[str, str, str]]
) -> None:
    with pytest.raises(ProjectInvalid) as caught:
        load_project(PROJECTS / name)

    found = [(str(p.place), p.feature, p.advice) for p in caught.value.problems]
    for place, feature, advice in reasons:
        assert any(
            at == place and feature in what and advice in instead for at, what, instead in found
        ), (place, feature, found)
