import re
from pathlib import Path

import pytest
import yaml

from bot.dialogue.commands import COMMANDS
from bot.texts import LANGUAGES, CitizenTexts, UnknownWords, language_of

TEXTS = CitizenTexts.load()
ROOT = Path(__file__).parents[3]
HAN = re.compile(r"[\u3400-\u9fff]")


def test_every_language_has_the_same_keys():
    assert len(TEXTS.keys("zh")) > 60
    assert TEXTS.keys("zh") == TEXTS.keys("en")


def test_no_key_stands_in_two_files():
    read = {
        p.stem: set(yaml.safe_load(p.read_text("utf-8")))
        for p in (ROOT / "bot" / "texts").glob("*.yml")
    }
    assert set(read) == {*LANGUAGES, "pushes"}
    assert len(read["pushes"]) > 30
    assert [read["pushes"] & read[language] for language in LANGUAGES] == [set(), set()]


def test_the_words_of_a_key_use_the_same_parameters_in_each_language():
    used = {
        key: (TEXTS.parameters(key, "zh"), TEXTS.parameters(key, "en")) for key in TEXTS.keys("zh")
    }
    assert {key: both for key, both in used.items() if both[0] != both[1]} == {}


def test_english_words_are_english():
    names_the_other_language = {"page_language", "page_language_label", "and"}
    english = TEXTS._words["en"]
    asked = TEXTS.keys("en") - names_the_other_language
    assert {key: english[key] for key in asked if HAN.search(english[key])} == {}


def test_every_key_that_the_code_and_the_page_ask_for_exists():
    asked: set[str] = set()
    for path in (ROOT / "bot").rglob("*.py"):
        asked |= set(
            re.findall(
                r'"((?:page|refused|terminal)_\w+|engine_down|parked|still_working|too_long|empty)"',
                path.read_text(),
            )
        )
    page = ROOT / "bot" / "channels" / "web" / "static"
    for name in ("index.html", "chat.js"):
        asked |= set(re.findall(r"\b(page_\w+)\b", (page / name).read_text()))
    asked |= {f"page_{state}" for state in ("sending", "queued", "sent", "failed")}
    asked -= {"page_", "page_failed"} - {"page_failed"}
    assert len(asked) > 40
    assert asked - TEXTS.keys("zh") == set()


def test_no_words_are_left_that_nobody_asks_for():
    code = "".join(
        path.read_text()
        for pattern in ("*.py", "*.js", "*.html")
        for path in (ROOT / "bot").rglob(pattern)
    )
    made = {"page_sending", "page_queued", "page_sent"}  # `page_${state}`
    made |= {f"telegram_command_{name}" for name in COMMANDS}
    made |= set(TEXTS.starting_with("file_"))  # test_files.py asks for each refusal
    made |= set(TEXTS.starting_with("push_"))  # test_pushes.py composes every one
    unused = {
        key
        for key in TEXTS.keys("zh") - made
        if not key.startswith("emergency") and not re.search(rf"\b{key}\b", code)
    }
    assert unused == set()


def test_the_first_line_of_emergency_words_says_whom_to_call_and_is_short():
    keys = list(TEXTS.starting_with("emergency"))
    assert len(keys) >= 12
    for key in keys:
        for language, longest in (("zh", 30), ("en", 60)):
            first = TEXTS.words(key, language, numbers="119、120").splitlines()[0]
            assert "119、120" in first
            assert len(first) <= longest


def test_common_parameters_are_filled_in_by_language():
    texts = CitizenTexts.load(
        common={"zh": {"city": "甲城", "hotline": "1"}, "en": {"city": "Jia", "hotline": "1"}}
    )
    assert texts.words("page_city", "zh") == "甲城"
    assert texts.words("page_city", "en") == "Jia"


def test_a_language_that_is_not_spoken_gets_the_first():
    for language in (None, "fr", ""):
        assert TEXTS.words("page_send", language) == TEXTS.words("page_send", LANGUAGES[0])


def test_an_unknown_key_and_a_missing_parameter_are_errors():
    with pytest.raises(UnknownWords):
        TEXTS.words("nothing", "zh")
    with pytest.raises(UnknownWords, match="numbers"):
        TEXTS.words("emergency", "zh")


@pytest.mark.parametrize(
    ("text", "language"),
    [("路灯 broken", "zh"), ("Hello", "en"), ("12345 !", None), ("", None), ("😀", None)],
)
def test_a_language_is_guessed_by_its_script(text, language):
    assert language_of(text) == language
