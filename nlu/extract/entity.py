"""Define a found entity: kind, value and exact span."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from nlu.normalise import NormalisedText

EXTRACTOR = "SolveFirst"


@dataclass(frozen=True, slots=True)
class FoundEntity:
    """One entity found in a normalised text.

    `start` and `end` are positions in the normalised text, end exclusive. `value` is ready for
    JSON: a normalised string, a mapping that repeats the words under `text`, or `None` if the value
    is the words as written. `role` is what a bare number counts: `people`, `households`, or `None`
    if it is unknown.
    """

    entity: str
    value: Any
    start: int
    end: int
    confidence: float
    role: str | None = None

    def wire(self, original: str, reading: NormalisedText) -> dict[str, Any]:
        """Return the entity in Rasa's parse format, with its span in the original text."""
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
    """Positions of a text that belong to an entity, so that entities do not overlap."""

    def __init__(self, length: int) -> None:
        self._taken = bytearray(length)

    def free(self, start: int, end: int) -> bool:
        """Return whether no entity lies between `start` and `end`."""
        return not any(self._taken[start:end])

    def take(self, found: Iterable[FoundEntity]) -> list[FoundEntity]:
        """Return the entities that do not overlap with earlier ones, and record them."""
        kept = []
        for entity in found:
            if self.free(entity.start, entity.end):
                self._taken[entity.start : entity.end] = b"\1" * (entity.end - entity.start)
                kept.append(entity)
        return kept
