"""Read the held-out set from `nlu/evaluation`: sentences that no model learns from.

Its README explains how it was written and what its labels mean.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

import yaml

from nlu.danger.dangers import Kind, Number
from nlu.examples import LOADER, Example
from nlu.kinds import MATTERS

EVALUATION = Path(__file__).parent
REQUESTS = MATTERS | {"consult"}


class HeldOutInvalid(ValueError):  # noqa: N818 - said with its file
    """A file of the held-out set violates its README; the message names file and entry."""


@dataclass(frozen=True, slots=True)
class MarkedDanger:
    """A present danger: its kind, and the numbers of which one must be named."""

    text: str
    kind: str
    call: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MarkedSpan:
    """Characters `start` to `end`, end exclusive, and the expected value, if any.

    For a place `value` is a district's name. For a time it is the begin: a day, or a day and a time
    of day, ISO 8601 in Asia/Shanghai.
    """

    start: int
    end: int
    text: str
    value: str | None


@dataclass(frozen=True, slots=True)
class MarkedSentence:
    """A message written at `now`, with all its places and times."""

    text: str
    now: datetime
    places: tuple[MarkedSpan, ...]
    times: tuple[MarkedSpan, ...]


@dataclass(frozen=True, slots=True)
class HeldOut:
    """The whole set. `requests` have a category; `acts` and `outside` only have an intent."""

    requests: tuple[Example, ...]
    acts: tuple[Example, ...]
    outside: tuple[Example, ...]
    dangers: tuple[MarkedDanger, ...]
    near_misses: tuple[str, ...]
    marked: tuple[MarkedSentence, ...]

    def examples(self) -> list[Example]:
        """All sentences with an intent."""
        dangers = (Example(danger.text, "emergency", None) for danger in self.dangers)
        return [*self.requests, *self.acts, *self.outside, *dangers]

    def texts(self) -> list[str]:
        """All sentences, with repetitions."""
        marked = [sentence.text for sentence in self.marked]
        return [*(example.text for example in self.examples()), *self.near_misses, *marked]


def read_held_out(folder: Path = EVALUATION) -> HeldOut:
    """Read the set and check it.

    Raises:
        HeldOutInvalid: a file is missing or malformed, a label is unknown, a span does not match
            its text, or a sentence occurs twice (ignoring spaces and case).
    """
    found = HeldOut(
        requests=tuple(_requests(folder / "categories.yml")),
        acts=tuple(Example(text, intent, None) for intent, text in _listed(folder / "intents.yml")),
        outside=tuple(
            Example(text, "out_of_scope", None) for _, text in _listed(folder / "out_of_scope.yml")
        ),
        dangers=tuple(_dangers(folder / "emergencies.yml")),
        near_misses=tuple(text for _, text in _listed(folder / "near_misses.yml")),
        marked=tuple(_marked(folder / "places_times.yml")),
    )
    seen: set[str] = set()
    for text in found.texts():
        if (plain := same(text)) in seen:
            raise HeldOutInvalid(f"{folder}: stands twice: {text!r}")
        seen.add(plain)
    return found


def same(text: str) -> str:
    """Return `text` without case, spaces and punctuation, if letters remain."""
    return "".join(filter(str.isalnum, text.lower())) or text


def _requests(file: Path) -> Iterator[Example]:
    for code, entries in _content(file, dict).items():
        for entry in _list(file, code, entries):
            if not isinstance(entry, dict) or len(entry) != 1 or not entry.keys() <= REQUESTS:
                raise HeldOutInvalid(f"{file}, {code}: a kind and a sentence expected: {entry!r}")
            [(kind, text)] = entry.items()
            yield Example(_sentence(file, code, text), kind, code)


def _listed(file: Path) -> Iterator[tuple[str, str]]:
    for label, texts in _content(file, dict).items():
        for text in _list(file, label, texts):
            yield label, _sentence(file, label, text)


def _dangers(file: Path) -> Iterator[MarkedDanger]:
    for kind, entry in _content(file, dict).items():
        if kind not in get_args(Kind) or not isinstance(entry, dict):
            raise HeldOutInvalid(f"{file}, {kind}: not a kind of danger with its sentences")
        call = tuple(_list(file, kind, entry.get("call")))
        if not set(call) <= set(get_args(Number)):
            raise HeldOutInvalid(f"{file}, {kind}: not numbers of emergency services: {call}")
        for text in _list(file, kind, entry.get("sentences")):
            yield MarkedDanger(_sentence(file, kind, text), kind, call)


def _marked(file: Path) -> Iterator[MarkedSentence]:
    for place, entry in enumerate(_content(file, list), 1):
        where = f"entry {place}"
        try:
            text, now = _sentence(file, where, entry["text"]), datetime.fromisoformat(entry["now"])
            places = _spans(text, entry.get("places", ()), "district")
            times = _spans(text, entry.get("times", ()), "from")
        except (TypeError, KeyError, ValueError) as error:
            raise HeldOutInvalid(f"{file}, {where}: {error!r}") from error
        if now.tzinfo is None:
            raise HeldOutInvalid(f"{file}, {where}: `now` must say its time zone")
        yield MarkedSentence(text, now, places, times)


def _spans(text: str, spans: list[dict[str, Any]], value: str) -> tuple[MarkedSpan, ...]:
    read = tuple(
        MarkedSpan(span["start"], span["end"], span["text"], span.get(value)) for span in spans
    )
    for span in read:
        if not span.text or text[span.start : span.end] != span.text:
            raise ValueError(f"{span.text!r} is not at {span.start} to {span.end} of {text!r}")
    return read


def _content(file: Path, kind: type) -> Any:  # noqa: ANN401 - a mapping or a list, as asked for
    try:
        content = yaml.load(file.read_text(encoding="utf-8"), LOADER)  # noqa: S506 - a safe loader
    except (OSError, yaml.YAMLError) as error:
        raise HeldOutInvalid(f"{file}: {error}") from error
    if not isinstance(content, kind):
        raise HeldOutInvalid(f"{file}: a {kind.__name__} is expected")
    return content


def _list(file: Path, label: object, entries: object) -> list[Any]:
    if not isinstance(entries, list) or not entries or not isinstance(label, str):
        raise HeldOutInvalid(f"{file}, {label!r}: a quoted label with a list is expected")
    return entries


def _sentence(file: Path, label: str, text: object) -> str:
    if not isinstance(text, str) or not text.strip():
        raise HeldOutInvalid(f"{file}, {label}: a sentence is expected: {text!r}")
    return text
