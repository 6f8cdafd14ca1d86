"""Read labelled sentences in Rasa's training format 3.1, and hash a set of them.

A block of `nlu:` has an `intent`, `examples`, and optionally a `metadata` with a `category` or, for
an emergency, a `danger`. Look-up tables named `intent_<name>` and `category_<code>` hold words that
indicate a label, so that a list replaces many sentences. Other blocks are ignored.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LINE = re.compile(r"^\s*-\s+(\S(?:.*\S)?)\s*$")
_ANNOTATION = re.compile(r"\[([^\[\]\n]{1,200})\](?:\(([^()\n]{1,100})\)|\{[^{}\n]{1,200}\})")

Marks = tuple[tuple[str, int, int], ...]


class TrainingDataInvalid(ValueError):  # noqa: N818 - said with its file
    """A file of training data is invalid; the message names the file."""


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled sentence. `category` is `None` when it only teaches the intent.

    `danger` is the kind of an emergency (`nlu.danger.dangers.Kind`). `marks` are the entities
    marked in it: kind, and start and end in `text`.
    """

    text: str
    intent: str
    category: str | None
    danger: str | None = None
    marks: Marks = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Word:
    """A word or short phrase that indicates a label of one head, `intent` or `category`."""

    text: str
    head: str
    label: str


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Labelled training sentences, and words that indicate a label; each occurs once."""

    examples: tuple[Example, ...]
    words: tuple[Word, ...]


def yaml_files(places: Iterable[Path]) -> list[Path]:
    """Return all given YAML files, and those in given folders and below, ordered by name."""
    found: set[Path] = set()
    for place in places:
        if place.is_dir():
            found |= {*place.rglob("*.yml"), *place.rglob("*.yaml")}
        else:
            found.add(place)
    return sorted(found)


def read_data(places: Iterable[Path]) -> TrainingData:
    """Read all labelled sentences and words of folders and files, without repetitions.

    Raises:
        TrainingDataInvalid: a file violates Rasa's format, or there is no sentence.
    """
    files = yaml_files(places)
    read = dict.fromkeys(entry for file in files for entry in _of_file(file))
    examples = tuple(entry for entry in read if isinstance(entry, Example))
    if not examples:
        raise TrainingDataInvalid(f"no training sentences in {[str(file) for file in files]}")
    return TrainingData(examples, tuple(entry for entry in read if isinstance(entry, Word)))


def data_hash(data: TrainingData) -> str:
    """Hash the sentences, marks, words and labels, independent of their files and order."""
    lines = [
        "\t".join(
            (
                example.intent,
                example.category or example.danger or "",
                example.text,
                *map(repr, example.marks),
            )
        )
        for example in data.examples
    ]
    lines += [f"{word.head}={word.label}\t{word.text}" for word in data.words]
    digest = hashlib.sha256()
    for line in sorted(lines):
        digest.update(line.encode())
        digest.update(b"\n")
    return digest.hexdigest()


def _of_file(file: Path) -> Iterator[Example | Word]:
    try:
        content = yaml.load(file.read_text(encoding="utf-8"), LOADER)  # noqa: S506 - a safe loader
    except (OSError, yaml.YAMLError) as error:
        raise TrainingDataInvalid(f"{file}: {error}") from error
    if not isinstance(content, dict):
        raise TrainingDataInvalid(f"{file}: a mapping with the key `nlu` is expected")
    for block in content.get("nlu") or ():
        if "intent" in block:
            yield from _sentences(file, block)
        elif "lookup" in block:
            head, _, label = block["lookup"].partition("_")
            if head in ("intent", "category"):
                yield from (Word(text, head, label) for text in _texts(block.get("examples")))


def _sentences(file: Path, block: dict[str, Any]) -> Iterator[Example]:
    metadata = block.get("metadata") or {}
    category = metadata.get("category")
    if category is not None and not isinstance(category, str):
        raise TrainingDataInvalid(
            f"{file}: category {category!r} of {block['intent']} must be quoted"
        )
    texts = list(_texts(block.get("examples")))
    if not texts:
        raise TrainingDataInvalid(f"{file}: a block of intent {block['intent']} has no examples")
    for text in texts:
        plain, marks = without_marks(text)
        yield Example(plain, block["intent"], category, metadata.get("danger"), marks)


def without_marks(text: str) -> tuple[str, Marks]:
    """Return a sentence without Rasa's markup, and its marks: `[Hunan Road](place)`."""
    parts: list[str] = []
    marks: list[tuple[str, int, int]] = []
    length = last = 0
    for match in _ANNOTATION.finditer(text):
        parts += [text[last : match.start()], match[1]]
        start = length + match.start() - last
        length = start + len(match[1])
        last = match.end()
        if match[2]:
            marks.append((match[2], start, length))
    return "".join([*parts, text[last:]]), tuple(marks)


def _texts(examples: str | Iterable[Any] | None) -> Iterator[str]:
    if isinstance(examples, str):
        for line in examples.splitlines():
            match = _LINE.match(line)
            if match:
                yield match[1]
    else:
        for example in examples or ():
            text = example["text"] if isinstance(example, dict) else example
            yield str(text).strip().removeprefix("- ")
