"""What Rasa runs and a citizen suffers from is told to whoever asks."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.dialogue.engine.embedded.hazards import hazards
from bot.dialogue.engine.embedded.project import load_project
from solvefirst.project import ROOT

DOMAIN = """intents: [greet, faq]
slots:
  a:
    type: text
    mappings: [{type: from_text, not_intent: [faq], conditions: [{active_loop: f}]}]
forms:
  f: {required_slots: [a]}
actions: [action_lost]
responses:
  utter_a: [{text: a}]
"""
RULES = """rules:
- rule: start
  steps: [{intent: greet}, {action: f}, {active_loop: f}]
"""
CONFIG = "pipeline: [{name: a.B}]\npolicies: [{name: RulePolicy}]\n"


def test_harmful_constructs_are_named_with_their_place(write: Callable[..., Path]) -> None:
    found = {str(p.place): p.feature for p in hazards(load_project(write(DOMAIN, RULES, CONFIG)))}

    assert found == {
        "config.yml:1": "core_fallback_action_name",
        "domain.yml:3": "from_text mapping of slot 'a'",
        "domain.yml:7": "form 'f' without a rule for its end",
    }


def test_a_form_that_nothing_asks_for_anything_in_is_told(write: Callable[..., Path]) -> None:
    empty = DOMAIN.replace("required_slots: [a]", "required_slots: []")
    words = "form 'f' without slots"

    assert words in [
        hazard.feature for hazard in hazards(load_project(write(empty, RULES, CONFIG)))
    ]
    asked = empty.replace("[action_lost]", "[action_lost, validate_f]")
    assert words not in [
        hazard.feature for hazard in hazards(load_project(write(asked, RULES, CONFIG)))
    ]


QUESTION = "[{active_loop: f, requested_slot: a}]"
FREE = "[{active_loop: f}]"


@pytest.mark.parametrize(
    ("mappings", "session", "harmed"),
    [
        (f"[{{type: from_text, conditions: {QUESTION}}}]", "", True),
        (f"[{{type: from_intent, value: x, conditions: {QUESTION}}}]", "", True),
        ("[{type: from_entity, entity: place}]", "", True),
        (f"[{{type: from_text, conditions: {FREE}}}]", "", False),
        ("[{type: custom}]", "", False),
        (f"[{{type: from_text, conditions: {QUESTION}}}]", "session_expiration_time: 0", False),
        (
            f"[{{type: from_text, conditions: {QUESTION}}}]",
            "carry_over_slots_to_new_session: false",
            False,
        ),
    ],
)
def test_carrying_slots_over_harms_where_a_slot_waits_for_its_question(
    write: Callable[..., Path], mappings: str, session: str, harmed: bool
) -> None:
    domain = f"""intents: [greet]
entities: [place]
slots:
  a: {{type: text, mappings: {mappings}}}
  b: {{type: text, mappings: [{{type: from_entity, entity: place}}]}}
forms:
  f: {{required_slots: [a, b]}}
session_config: {{{session}}}
"""
    found = [p.feature for p in hazards(load_project(write(domain, RULES, CONFIG)))]

    assert ("carry_over_slots_to_new_session with slot 'a'" in found) is harmed


def test_a_careful_project_has_none(write: Callable[..., Path]) -> None:
    domain = (
        DOMAIN.replace("[faq]", "[faq, nlu_fallback]")
        + "session_config: {session_expiration_time: 0}\n"
    )
    rules = (
        RULES
        + "- rule: end\n  steps: [{action: f}, {active_loop: null}, {action: utter_a}]\n"
        + "- rule: lost\n  steps: [{action: action_lost}]\n"
    )
    config = CONFIG.replace("RulePolicy", "RulePolicy, core_fallback_action_name: action_lost")

    assert hazards(load_project(write(domain, rules, config))) == []


def test_the_shipped_project_has_none() -> None:
    assert hazards(load_project(ROOT)) == []


@pytest.mark.parametrize("key", ["intent", "not_intent"])
def test_an_unknown_intent_in_a_mapping_is_told_and_run(
    write: Callable[..., Path], key: str
) -> None:
    domain = DOMAIN.replace("not_intent: [faq]", f"{key}: [faq, nosuch]")

    found = {p.feature: p for p in hazards(load_project(write(domain, RULES, CONFIG)))}

    result = found["intent 'nosuch' in a mapping of slot 'a'"]
    assert str(result.place) == "domain.yml:5"
    assert "correct the name" in result.advice
