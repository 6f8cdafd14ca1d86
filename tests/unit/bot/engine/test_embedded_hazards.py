"""What Rasa runs and a citizen suffers from is told to whoever asks."""

from collections.abc import Callable
from pathlib import Path

from bot.engine.embedded import hazards
from bot.engine.embedded.project import load_project

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
        "domain.yml:1": "carry_over_slots_to_new_session",
        "domain.yml:3": "from_text mapping of slot 'a'",
        "domain.yml:7": "form 'f' without a rule for its end",
    }


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
