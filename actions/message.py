"""The citizen's message as the actions read it: what was said, and what was understood of it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from rasa_sdk.interfaces import Tracker

FALLBACK = "nlu_fallback"
REQUESTS = frozenset({"consult", "help", "complaint", "report", "suggestion", "praise"})
"""The intents that are kinds of request."""

_NO_FORM = frozenset({"self_harm"})
_PAYLOAD = re.compile(r"\s*/\s*[A-Za-z_]")


class Guess(NamedTuple):
    """One entry of a ranking: an intent's name or a category's code, and how sure it is (0..1)."""

    name: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Message:
    """One message.

    `id` is our message id, or the engine's where the caller gave none. `said` is empty for a
    tapped button: a payload is never an answer in words. `intents` and `categories` are ranked,
    best first; `intents` leaves `nlu_fallback` out, `intent` does not. `entities` are names and
    values in the order of the text, `marked` their words as they stand in it, `certain` how sure
    the last of each name is.
    """

    id: str
    text: str
    said: str
    intent: str
    confidence: float
    intents: tuple[Guess, ...]
    categories: tuple[Guess, ...]
    entities: tuple[tuple[str, Any], ...]
    marked: tuple[tuple[str, str], ...]
    certain: Mapping[str, float]
    attachments: tuple[str, ...]
    metadata: Mapping[str, Any]

    @classmethod
    def of(cls, tracker: Tracker) -> Self:
        """Read the latest message of `tracker`."""
        return cls.read(tracker.latest_message or {})

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> Self:
        """Read a message in Rasa's parse format; whatever is missing or odd is left out."""
        metadata = _mapping(raw.get("metadata"))
        text = str(raw.get("text") or "").strip()
        intent = _mapping(raw.get("intent"))
        tapped = bool(_PAYLOAD.match(text))
        attachments = metadata.get("attachments")
        return cls(
            id=str(metadata.get("message_id") or raw.get("message_id") or ""),
            text=text,
            said="" if tapped else text,
            intent=str(intent.get("name") or FALLBACK),
            confidence=_number(intent.get("confidence")),
            intents=tuple(
                g for g in _guesses(raw.get("intent_ranking"), "name") if g.name != FALLBACK
            ),
            categories=tuple(_guesses(_mapping(raw.get("category")).get("ranking"), "code")),
            entities=tuple(_entities(raw.get("entities"))),
            marked=tuple(_marked(raw.get("entities"))),
            certain=dict(_certain(raw.get("entities"))),
            attachments=tuple(str(one) for one in attachments)
            if isinstance(attachments, list)
            else (),
            metadata=metadata,
        )

    @property
    def likely(self) -> Guess:
        """The best intent, also where it was too unsure to be followed."""
        if self.intent != FALLBACK or not self.intents:
            return Guess(self.intent, self.confidence)
        return self.intents[0]

    @property
    def in_despair(self) -> bool:
        """Whether the emergency rules heard a danger in which nobody is asked any questions."""
        return self.metadata.get("emergency") in _NO_FORM

    def values(self, entity: str) -> list[Any]:
        """All values of `entity`, in the order of the text."""
        return [value for name, value in self.entities if name == entity]

    def value(self, entity: str) -> Any:  # noqa: ANN401 - a payload may carry any JSON
        """The last value of `entity`, `None` when there is none."""
        return next(reversed(self.values(entity)), None)

    def words_of(self, entity: str) -> list[str]:
        """The words that stand for `entity` in the text."""
        return [words for name, words in self.marked if name == entity]

    def word(self, entity: str) -> str | None:
        """The last value of `entity` as text: of a structured value its `text`, else `None`."""
        value = self.value(entity)
        if isinstance(value, Mapping):
            value = value.get("text")
        if isinstance(value, bool) or value is None:
            return None
        return str(value).strip() or None if isinstance(value, str | int | float) else None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _guesses(ranking: object, key: str) -> Iterator[Guess]:
    for one in ranking if isinstance(ranking, list) else ():
        if isinstance(one, dict) and isinstance(one.get(key), str):
            yield Guess(one[key], _number(one.get("confidence")))


def _entities(found: object) -> Iterator[tuple[str, Any]]:
    for one in found if isinstance(found, list) else ():
        if isinstance(one, dict) and isinstance(one.get("entity"), str):
            yield one["entity"], one.get("value")


def _marked(found: object) -> Iterator[tuple[str, str]]:
    for one in found if isinstance(found, list) else ():
        if isinstance(one, dict) and isinstance(one.get("text"), str) and one["text"]:
            yield str(one.get("entity")), one["text"]


def _certain(found: object) -> Iterator[tuple[str, float]]:
    for one in found if isinstance(found, list) else ():
        if isinstance(one, dict):
            sure = one.get("confidence_entity", 1.0)
            yield str(one.get("entity")), _number(sure)
