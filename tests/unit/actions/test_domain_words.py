"""The domain and the actions fit each other, and every word is there in both languages."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from dialogue import registered

from api.domain.surveys.answers import CHOICES

ROOT = Path(__file__).parents[3]
PLACE = re.compile(r"{([^{}]+)}")
DYNAMIC = {
    "utter_begun_": ("consult", "help", "complaint", "report", "suggestion", "praise"),
    "utter_kind_": ("consult", "help", "complaint", "report", "suggestion", "praise"),
    "utter_mode_": ("named", "confidential", "anonymous"),
    "utter_piece_privacy_": (
        *("export", "delete", "connect", "erase", "erase_withdraw"),
        *("show_code", "type_code", "join", "no"),
    ),
    "utter_survey_": (
        *("contacted", "solved", "satisfaction", "treated"),
        *("reason", "may_contact", "rehandle"),
        *("closed", "closed_open"),
    ),
    "utter_piece_survey_": tuple(
        f"{question}_{choice}"
        for question, choices in CHOICES.items()
        for choice in choices
        if choice != "other"
    ),
    "utter_piece_": (
        *("kind", "category", "yes", "no", "next", "next_2", "next_3"),
        *("minutes", "hours", "days", "working_hours", "working_days"),
    ),
}


def merged(section: str) -> Any:
    found: Any = None
    for file in sorted((ROOT / "domain").glob("*.yml")):
        part = yaml.safe_load(file.read_text(encoding="utf-8")).get(section)
        if part is None:
            continue
        if found is None:
            found = type(part)()
        if isinstance(part, dict):
            assert not set(part) & set(found), file.name
            found.update(part)
        else:
            found += part
    return found


RESPONSES = merged("responses")
CODE = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "actions").rglob("*.py"))
RULES = (ROOT / "nlu" / "data" / "rules.yml").read_text(encoding="utf-8")


def unlike(variants: list[Any]) -> Iterator[str]:
    """Tell in what the languages of a response differ."""
    if len(variants) != 2:
        yield f"{len(variants)} variants, not two"
        return
    chinese, english = variants
    if "condition" in chinese:
        yield "Chinese has a condition"
    if english.get("condition") != [{"type": "slot", "name": "language", "value": "en"}]:
        yield "English is not said on condition of the language"
    zh, en = (set(PLACE.findall(variant["text"])) for variant in variants)
    if en - zh - {"month_name"} or zh - en - {"month"}:
        yield f"other parameters: {zh ^ en}"
    payloads = [[b["payload"] for b in variant.get("buttons", ())] for variant in variants]
    if payloads[0] != payloads[1]:
        yield f"other buttons: {payloads}"
    if re.search(r"[\u3400-\u9fff]", english["text"]):
        yield "English has Chinese words"


def test_a_response_says_the_same_in_both_languages() -> None:
    assert len(RESPONSES) > 200
    found = {name: [*unlike(variants)] for name, variants in RESPONSES.items()}
    assert {name: faults for name, faults in found.items() if faults} == {}


def test_a_response_is_one_message_on_every_channel() -> None:
    parted = [
        name
        for name, variants in RESPONSES.items()
        if any("\n\n" in variant["text"] for variant in variants)
    ]
    assert parted == []


def test_every_response_that_is_spoken_exists_and_every_one_is_spoken() -> None:
    spoken = {
        name
        for name in re.findall(r"\butter_\w+", CODE + RULES)
        if not name.endswith("_") and name not in ("utter_message", "utter_restart")
    }
    for prefix, ends in DYNAMIC.items():
        spoken |= {prefix + end for end in ends}
    states = {name for name in RESPONSES if name.startswith("utter_state_")}
    intents = {name for name in RESPONSES if name.startswith("utter_intent_")}
    # `utter_restart` is spoken by the engine.
    assert spoken | states | intents | {"utter_restart"} == set(RESPONSES)


def test_every_state_of_a_case_has_a_word() -> None:
    from typing import get_args

    from api.contract.cases.case import State

    assert {f"utter_state_{state}" for state in get_args(State)} <= set(RESPONSES)


def test_every_intent_that_may_be_guessed_has_a_name() -> None:
    from actions.talk.replying import _SPOKEN_OF

    named = {f"utter_intent_{intent}" for intent in _SPOKEN_OF}
    assert named == {name for name in RESPONSES if name.startswith("utter_intent_")}


def test_the_action_server_runs_what_the_domain_names() -> None:
    ours = set(registered().actions)
    assert ours == set(merged("actions"))


def test_every_intent_has_a_rule() -> None:
    ruled = set(re.findall(r"intent: (\w+)", RULES))
    assert ruled == set(merged("intents")) | {"nlu_fallback"}


def test_no_slot_decides_which_rule_fires() -> None:
    assert all(slot["influence_conversation"] is False for slot in merged("slots").values())
