import re
from pathlib import Path

import pytest
import yaml

from api.catalogue.rules.categories import RequestKind, Urgency
from api.catalogue.rules.units import Level
from api.console.texts import LANGUAGES, ConsoleTexts
from api.console.view.forms import form_of
from api.domain.lifecycle import CaseState, Move
from api.people.rules.actor import Role
from api.people.rules.staff import STAFF_ROLES

TEXTS = ConsoleTexts.load()
API = Path(__file__).parents[3] / "api"
HAN = re.compile(r"[\u3400-\u9fff]")
CODE = "\n".join(
    path.read_text("utf-8") for ending in ("py", "html") for path in API.rglob(f"*.{ending}")
)
"""Of the console, of the pages of slices, and of what names reasons."""


def test_every_language_has_the_same_keys():
    assert len(TEXTS.keys("zh")) > 200
    assert TEXTS.keys("zh") == TEXTS.keys("en")


def test_no_key_stands_in_two_files():
    read = {
        p.stem: set(yaml.safe_load(p.read_text("utf-8")))
        for p in (API / "console" / "texts").glob("*.yml")
    }
    assert set(read) == {*LANGUAGES, "moves"}
    assert len(read["moves"]) > 30
    assert [read["moves"] & read[language] for language in LANGUAGES] == [set(), set()]


def test_the_words_of_a_key_use_the_same_parameters_in_each_language():
    unlike = {}
    for key in TEXTS.keys("zh"):
        zh, en = (TEXTS.parameters(key, language) for language in LANGUAGES)
        # Chinese writes months as figures, English as names.
        if zh - {"month"} != en - {"month_name"}:
            unlike[key] = (zh, en)
    assert unlike == {}


def test_english_words_are_english():
    english = TEXTS._words["en"]
    assert {key: english[key] for key in TEXTS.keys("en") if HAN.search(english[key])} == {}


@pytest.mark.parametrize(
    ("prefix", "values"),
    [
        ("state_", CaseState),
        ("move_", Move),
        ("moved_", Move),
        ("role_", Role),
        ("kind_", RequestKind),
        ("urgency_", Urgency),
        ("level_", Level),
    ],
)
def test_everything_that_a_case_can_be_has_a_name(prefix, values):
    assert [value.value for value in values if not TEXTS.has(prefix + value.value)] == []


def test_every_value_that_a_form_offers_has_a_name():
    forms = [form for move in Move if (form := form_of(move))]
    nameless = [
        (field.key, value)
        for form in forms
        for field in form.fields
        for value in field.choices
        if not TEXTS.has(f"choice_{field.key}_{value}") and not TEXTS.has(value)
    ]
    assert nameless == []
    labels = [field.key for form in forms for field in form.fields]
    assert [key for key in labels if not TEXTS.has(f"field_{key}")] == []


def test_every_reason_that_the_service_gives_has_words():
    codes = set(re.findall(r"(?:CodedReason|_clerk)\(\s*\"(\w+)\"", CODE))
    assert len(codes) > 10
    assert {code for code in codes if not TEXTS.has(f"because_{code}")} == set()


def test_every_key_that_the_code_asks_for_exists():
    asked = set(re.findall(r"say\(\s*\"(\w+)\"", CODE))
    asked |= set(re.findall(r"\$(sign_in_\w+|product\w*)", CODE))
    asked |= {f"role_{role}" for role in STAFF_ROLES}
    assert len(asked) > 50
    assert asked - TEXTS.keys("zh") == set()
