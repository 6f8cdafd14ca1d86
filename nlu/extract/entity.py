"""What was found in a message: a kind, a value, and exactly where."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from nlu.normalise import NormalisedText

EXTRACTOR = "SolveFirst"


@dataclass(frozen=True, slots=True)
class FoundEntity:
    """One detail found in a normalised text.

    `start` and `end` are places in the normalised text, end exclusive. `value` is what is meant,
    ready for JSON: a normalised string, a mapping that repeats the words under `text`, or `None`
    where the words themselves are meant as they were written. `role`
    tells what a bare number counts: `people`, `households`, or `None` when that was not said.
    """

    entity: str
    value: Any
    start: int
    end: int
    confidence: float
    role: str | None = None

    def wire(self, original: str, reading: NormalisedText) -> dict[str, Any]:
        """The entity in Rasa's parse format, its span led back to the original text."""
        start, end = reading.span(self.start, self.end)
        words = original[start:end]
        value = words if self.value is None else self.value
        if isinstance(value, dict):
            value = value | {"text": words}
        return {
            "entity": self.entity,
            "value": value,
            "text": words,
            "start": start,
            "end": end,
            "confidence_entity": self.confidence,
            "extractor": EXTRACTOR,
            **({"role": self.role} if self.role else {}),
        }


class TakenSpans:
    """Which places of a text already belong to an entity, so that no two entities overlap."""

    def __init__(self, length: int) -> None:
        self._taken = bytearray(length)

    def free(self, start: int, end: int) -> bool:
        """Tell whether nothing was found yet between `start` and `end`."""
        return not any(self._taken[start:end])

    def take(self, found: Iterable[FoundEntity]) -> list[FoundEntity]:
        """Keep what does not overlap with anything kept before, and remember it."""
        kept = []
        for entity in found:
            if self.free(entity.start, entity.end):
                self._taken[entity.start : entity.end] = b"\1" * (entity.end - entity.start)
                kept.append(entity)
        return kept
