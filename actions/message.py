"""Provide the citizen's message to actions: its words and its understanding."""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

FALLBACK = "nlu_fallback"
REQUESTS = frozenset({"consult", "help", "complaint", "report", "suggestion", "praise"})
"""Intents that are kinds of request."""

_NO_FORM = frozenset({"self_harm"})
_PAYLOAD = re.compile(r"\s*/\s*[A-Za-z_]")


class RankedLabel(NamedTuple):
    """One entry of a ranking: an intent's name or a category's code, and its confidence (0..1)."""

    name: str
    confidence: float


class Entity(NamedTuple):
    """One entity in a message.

    `confidence` is 0..1, `words` are the words of the text, `role` is what a bare number counts.
    """

    name: str
    value: Any
    confidence: float
    words: str
    role: str | None


class UnderstoodMessage:
    """One message in Rasa's parse format; missing or invalid parts are left out.

    `id` is our message id, or the engine's if the caller gave none. `said` is empty for a tapped
    button: a payload is never an answer in words. Rarely used parts are parsed on first use.
    """

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self._raw = raw
        self.metadata = _mapping(raw.get("metadata"))
        self.id = str(self.metadata.get("message_id") or raw.get("message_id") or "")
        self.text = str(raw.get("text") or "").strip()
        self.said = "" if _PAYLOAD.match(self.text) else self.text
        intent = _mapping(raw.get("intent"))
        self.intent = str(intent.get("name") or FALLBACK)
        self.confidence = _number(intent.get("confidence"))

    def meant(self, intent: str, confidence: float) -> "UnderstoodMessage":
        """Give this message with the intent that it has in the state of the dialogue."""
        meant = {"name": intent, "confidence": confidence}
        return UnderstoodMessage({**self._raw, "intent": meant})

    @property
    def attachments(self) -> tuple[str, ...]:
        """The ids of the message's files."""
        found = self.metadata.get("attachments")
        return tuple(map(str, found)) if isinstance(found, list) else ()

    @cached_property
    def intents(self) -> tuple[RankedLabel, ...]:
        """The intents ranked, best first, without `nlu_fallback`."""
        ranking = _guesses(self._raw.get("intent_ranking"), "name")
        return tuple(guess for guess in ranking if guess.name != FALLBACK)

    @cached_property
    def categories(self) -> tuple[RankedLabel, ...]:
        """The categories ranked, best first."""
        return tuple(_guesses(_mapping(self._raw.get("category")).get("ranking"), "code"))

    @cached_property
    def entities(self) -> tuple[Entity, ...]:
        """The entities, in the order of the text."""
        return tuple(_entities(self._raw.get("entities")))

    @cached_property
    def marked(self) -> tuple[tuple[str, str], ...]:
        """Names of the entities, and their words in the text."""
        return tuple((found.name, found.words) for found in self.entities if found.words)

    @cached_property
    def certain(self) -> Mapping[str, float]:
        """Confidence of the last entity of each name."""
        return {found.name: found.confidence for found in self.entities}

    @cached_property
    def parts(self) -> tuple["UnderstoodMessage", ...]:
        """The matters of the message, each as its own message; only this message if it has one.

        A telephone number in one of them counts for all.
        """
        matters = self._raw.get("matters")
        found = (
            [matter for matter in matters if _spanned(matter)] if isinstance(matters, list) else []
        )
        if not self.said or len(found) < 2:
            return (self,)
        return tuple(self._part(matter, matter["start"], matter["end"]) for matter in found)

    def _part(self, matter: Mapping[str, Any], start: int, end: int) -> "UnderstoodMessage":
        inside = _dicts(matter.get("entities"))
        phones = [
            entity
            for entity in _dicts(self._raw.get("entities"))
            if entity.get("entity") == "phone"
        ]
        if any(entity.get("entity") == "phone" for entity in inside):
            phones = []
        return UnderstoodMessage(
            {
                **self._raw,
                "text": str(self._raw.get("text"))[start:end],
                "intent": matter.get("intent"),
                "intent_ranking": [matter.get("intent")],
                "entities": [*phones, *inside],
                "category": matter.get("category"),
                "title": matter.get("title"),
                "matters": None,
            }
        )

    @property
    def title(self) -> str | None:
        """Short name of the matter, for one of several matters."""
        title = self._raw.get("title")
        return title if isinstance(title, str) else None

    @property
    def ordinal(self) -> int:
        """Position among the matters of one message, from 0."""
        ordinal = self._raw.get("ordinal")
        return ordinal if isinstance(ordinal, int) else 0

    @property
    def contact(self) -> tuple[str, dict[str, Any]] | None:
        """Kind of the matter filed before it, and that matter's contact."""
        kept = self._raw.get("contact")
        return (str(kept[0]), dict(kept[1])) if isinstance(kept, list | tuple) else None

    @property
    def likely(self) -> RankedLabel:
        """The best intent, also when its confidence is below the fallback threshold."""
        if self.intent != FALLBACK or not self.intents:
            return RankedLabel(self.intent, self.confidence)
        return self.intents[0]

    @property
    def in_despair(self) -> bool:
        """Whether the emergency rules found a danger in which no questions are asked."""
        return self.metadata.get("emergency") in _NO_FORM

    def values(self, entity: str) -> list[Any]:
        """Return all values of `entity`, in the order of the text."""
        return [found.value for found in self.entities if found.name == entity]

    def value(self, entity: str) -> Any:  # noqa: ANN401 - a payload may carry any JSON
        """Return the last value of `entity`, `None` when there is none."""
        return next(reversed(self.values(entity)), None)

    def words_of(self, entity: str) -> list[str]:
        """Return the words of `entity` in the text."""
        return [words for name, words in self.marked if name == entity]

    def word(self, entity: str) -> str | None:
        """Return the last value of `entity` as text: of a structured value its `text`, or None."""
        value = self.value(entity)
        if isinstance(value, Mapping):
            value = value.get("text")
        if isinstance(value, bool) or value is None:
            return None
        return str(value).strip() or None if isinstance(value, str | int | float) else None


def _dicts(listed: object) -> list[dict[str, Any]]:
    return [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []


def _spanned(matter: object) -> bool:
    ends = (matter.get("start"), matter.get("end")) if isinstance(matter, dict) else ()
    return bool(ends) and all(isinstance(end, int) for end in ends)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _guesses(ranking: object, key: str) -> Iterator[RankedLabel]:
    for entry in ranking if isinstance(ranking, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get(key), str):
            yield RankedLabel(entry[key], _number(entry.get("confidence")))


def _entities(found: object) -> Iterator[Entity]:
    for entity in _dicts(found):
        name, words, role = (entity.get(part) for part in ("entity", "text", "role"))
        if isinstance(name, str):
            yield Entity(
                name,
                entity.get("value"),
                _number(entity.get("confidence_entity", 1.0)),
                words if isinstance(words, str) else "",
                role if isinstance(role, str) else None,
            )
