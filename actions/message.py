"""The citizen's message as the actions read it: what was said, and what was understood of it."""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

FALLBACK = "nlu_fallback"
REQUESTS = frozenset({"consult", "help", "complaint", "report", "suggestion", "praise"})
"""The intents that are kinds of request."""

_NO_FORM = frozenset({"self_harm"})
_PAYLOAD = re.compile(r"\s*/\s*[A-Za-z_]")


class RankedLabel(NamedTuple):
    """One entry of a ranking: an intent's name or a category's code, and how sure it is (0..1)."""

    name: str
    confidence: float


class Entity(NamedTuple):
    """One detail in a message.

    `confidence` is how sure it is (0..1), `words` are those of the text, `role` is what a bare
    number counts.
    """

    name: str
    value: Any
    confidence: float
    words: str
    role: str | None


class UnderstoodMessage:
    """One message, in Rasa's parse format; whatever is missing or odd in it is left out.

    `id` is our message id, or the engine's where the caller gave none. `said` is empty for a
    tapped button: a payload is never an answer in words. What most actions do not ask for is read
    when it is asked for.
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
        """The ids of the files that came along."""
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
        """The details in it, in the order of the text."""
        return tuple(_entities(self._raw.get("entities")))

    @cached_property
    def marked(self) -> tuple[tuple[str, str], ...]:
        """Names of the details and their words as they stand in the text."""
        return tuple((found.name, found.words) for found in self.entities if found.words)

    @cached_property
    def certain(self) -> Mapping[str, float]:
        """How sure the last detail of each name is."""
        return {found.name: found.confidence for found in self.entities}

    @cached_property
    def parts(self) -> tuple["UnderstoodMessage", ...]:
        """The matters of it, each as a message of its own; this one where it is about one.

        A telephone number that stands in one of them goes for all.
        """
        told = self._raw.get("matters")
        found = [matter for matter in told if _spanned(matter)] if isinstance(told, list) else []
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
        """A short name of what it is about, of a matter among others."""
        title = self._raw.get("title")
        return title if isinstance(title, str) else None

    @property
    def ordinal(self) -> int:
        """Which of the matters told together it was, from 0."""
        ordinal = self._raw.get("ordinal")
        return ordinal if isinstance(ordinal, int) else 0

    @property
    def contact(self) -> tuple[str, dict[str, Any]] | None:
        """The kind of the matter that was done before it, and the contact that was given for it."""
        kept = self._raw.get("contact")
        return (str(kept[0]), dict(kept[1])) if isinstance(kept, list | tuple) else None

    @property
    def likely(self) -> RankedLabel:
        """The best intent, also where it was too unsure to be followed."""
        if self.intent != FALLBACK or not self.intents:
            return RankedLabel(self.intent, self.confidence)
        return self.intents[0]

    @property
    def in_despair(self) -> bool:
        """Whether the emergency rules heard a danger in which nobody is asked any questions."""
        return self.metadata.get("emergency") in _NO_FORM

    def values(self, entity: str) -> list[Any]:
        """All values of `entity`, in the order of the text."""
        return [found.value for found in self.entities if found.name == entity]

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
