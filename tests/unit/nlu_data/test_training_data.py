"""The training sentences of `nlu/data`: complete, well formed and without contradiction."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from nlu.danger.dangers import Kind

DATA = Path(__file__).parents[3] / "nlu" / "data"
NEAR_MISSES = "near-misses.yml"
FILES = [
    *sorted(DATA.glob("intents-*.yml")), *sorted(DATA.glob("categories/*.yml")),
    DATA / "dangers.yml", DATA / NEAR_MISSES,
]  # fmt: skip

REQUEST_KINDS = {"consult", "help", "complaint", "report", "suggestion", "praise"}
OTHER_INTENTS = {
    *("check_progress", "add_details", "correct", "withdraw", "urge", "rate", "talk_to_person"),
    *("greet", "thank", "goodbye", "how_to_use", "change_language", "privacy"),
    *("refuse", "skip", "affirm", "deny", "inform", "emergency", "out_of_scope"),
}
CODE = re.compile(r"(?:0[1-9]|1[0-3])0[1-7]|9900")
MARK = re.compile(r"\[([^\[\]{}]+)\]\((?:place|time)\)")
HAN = re.compile("[\u4e00-\u9fff]")

CATEGORIES = 92
LEAST_PER_CATEGORY = 60
LEAST_PER_INTENT = 150
LEAST_OUT_OF_SCOPE = 400
LEAST_ENGLISH_PER_INTENT = 40
LEAST_ENGLISH_PER_CATEGORY = 15
LEAST_OPENERS_PER_KIND = 12


@dataclass(frozen=True)
class Sentence:
    text: str
    intent: str
    category: str | None
    file: str

    @property
    def is_english(self) -> bool:
        return not HAN.search(self.text)


def blocks() -> Iterator[tuple[Path, dict[str, Any]]]:
    for file in FILES:
        for block in yaml.safe_load(file.read_text("utf-8"))["nlu"]:
            if not block.get("lookup", "").startswith("near_miss_"):
                yield file, block


def read_sentences() -> list[Sentence]:
    return [
        Sentence(
            text=MARK.sub(r"\1", line.removeprefix("- ")),
            intent=block["intent"],
            category=block.get("metadata", {}).get("category"),
            file=file.relative_to(DATA).as_posix(),
        )
        for file, block in blocks()
        for line in block["examples"].splitlines()
    ]


@pytest.fixture(scope="module")
def sentences() -> list[Sentence]:
    return read_sentences()


def bare(text: str) -> str:
    """What is left of a sentence when width, case, spaces and punctuation are taken away."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if character.isalnum())


def test_there_is_one_file_for_each_first_level_category():
    names = sorted(path.name[:2] for path in (DATA / "categories").glob("*.yml"))
    assert names == [*(f"{number:02d}" for number in range(1, 14)), "99"]


def test_a_file_has_the_version_and_nothing_but_sentences():
    assert len(FILES) > 20
    wrong = []
    for file in FILES:
        document = yaml.load(file.read_text("utf-8"), Loader=yaml.CSafeLoader)
        whole = document.keys() == {"version", "nlu"} and document["version"] == "3.1"
        if not whole or not isinstance(document["nlu"], list):
            wrong.append(file.name)
    assert wrong == []


def test_a_file_has_no_tabs_no_trailing_spaces_and_ends_with_one_line_break():
    untidy = []
    for file in FILES:
        lines = file.read_bytes().decode("utf-8").split("\n")
        untidy += [
            f"{file.name}:{number}"
            for number, line in enumerate(lines, 1)
            if line != line.rstrip() or "\t" in line or "\r" in line
        ]
        if lines[-1] or not lines[-2]:
            untidy.append(f"{file.name}: the last line break")
    assert untidy == []


def test_each_block_has_an_intent_and_examples_and_at_most_a_category():
    for file, block in blocks():
        where = f"{file.name}: {block.get('intent')}"
        assert {"intent", "examples"} <= block.keys() <= {"intent", "examples", "metadata"}, where
        assert block["intent"] in REQUEST_KINDS | OTHER_INTENTS, where
        assert isinstance(block["examples"], str), where
        if "metadata" in block:
            metadata = block["metadata"]
            assert isinstance(metadata, dict), where
            named = "danger" if block["intent"] == "emergency" else "category"
            assert metadata.keys() == {named}, where


def test_each_line_of_examples_is_a_sentence_behind_a_dash():
    for file, block in blocks():
        for line in block["examples"].splitlines():
            where = f"{file.name}: {line!r}"
            assert line.startswith("- "), where
            text = MARK.sub(r"\1", line.removeprefix("- "))
            assert text == text.strip(), where
            assert bare(text), where
            assert not re.search(r"[\[\]{}]", text), f"{where} has a mark of no place or time"


def test_a_category_is_written_as_a_quoted_code_and_only_a_request_has_one():
    for file, block in blocks():
        metadata = block.get("metadata")
        if metadata is None or file.name == "dangers.yml":
            continue
        assert isinstance(metadata, dict)
        code = metadata["category"]
        where = f"{file.name}: {block['intent']} {code!r}"
        assert isinstance(code, str), f"{where} needs quotes, or YAML reads a number"
        assert CODE.fullmatch(code), where
        assert block["intent"] in REQUEST_KINDS, where
        assert file.name.startswith((code[:2], NEAR_MISSES)), f"{where} lies in the wrong file"


def test_an_emergency_names_its_kind_of_danger_and_each_kind_has_enough_in_both_languages():
    kinds: Counter[tuple[str, bool]] = Counter()
    for file, block in blocks():
        if block["intent"] == "emergency":
            assert file.name == "dangers.yml"
            for line in block["examples"].splitlines():
                kinds[block["metadata"]["danger"], HAN.search(line) is None] += 1
    assert {kind for kind, _ in kinds} == set(get_args(Kind))
    assert min(kinds[kind, False] for kind in get_args(Kind)) >= 35
    assert min(kinds[kind, True] for kind in get_args(Kind)) >= 7


def test_every_category_has_enough_sentences_in_both_languages(sentences: list[Sentence]):
    chinese: Counter[str] = Counter()
    english: Counter[str] = Counter()
    for sentence in sentences:
        if sentence.category is not None:
            (english if sentence.is_english else chinese)[sentence.category] += 1
    assert len(chinese) == CATEGORIES
    assert {code: n for code, n in chinese.items() if n < LEAST_PER_CATEGORY} == {}
    assert [code for code in chinese if english[code] < LEAST_ENGLISH_PER_CATEGORY] == []


def test_every_category_is_spoken_of_in_several_kinds_of_request(sentences: list[Sentence]):
    kinds: defaultdict[str, set[str]] = defaultdict(set)
    for sentence in sentences:
        if sentence.category is not None:
            kinds[sentence.category].add(sentence.intent)
    for code, found in kinds.items():
        assert {"complaint", "consult", "help"} <= found, code
        assert len(found) >= 4, code


def test_every_intent_has_enough_sentences_in_both_languages(sentences: list[Sentence]):
    total = Counter(sentence.intent for sentence in sentences)
    english = Counter(sentence.intent for sentence in sentences if sentence.is_english)
    assert total.keys() == REQUEST_KINDS | OTHER_INTENTS
    assert {name: n for name, n in total.items() if n < LEAST_PER_INTENT} == {}
    assert [name for name in total if english[name] < LEAST_ENGLISH_PER_INTENT] == []
    assert total["out_of_scope"] >= LEAST_OUT_OF_SCOPE


def test_every_kind_of_request_has_openers_that_name_no_matter(sentences: list[Sentence]):
    openers = Counter(
        sentence.intent
        for sentence in sentences
        if sentence.category is None and sentence.intent in REQUEST_KINDS
    )
    assert openers.keys() == REQUEST_KINDS
    assert min(openers.values()) >= LEAST_OPENERS_PER_KIND


def test_no_sentence_is_written_twice(sentences: list[Sentence]):
    places: defaultdict[str, list[Sentence]] = defaultdict(list)
    for sentence in sentences:
        places[bare(sentence.text)].append(sentence)
    assert [found for found in places.values() if len(found) > 1] == []


def test_no_sentence_carries_a_number_that_could_be_a_real_mobile_phone(sentences: list[Sentence]):
    """Invented numbers have a run of zeros; no subscriber is given such a number."""
    for sentence in sentences:
        for number in re.findall(r"(?<!\d)1[3-9]\d{9}(?!\d)", sentence.text.replace(" ", "")):
            assert "00000" in number, sentence
