"""Choose the category of a message: set it when the confidence is high, else offer guesses."""

from dataclasses import dataclass
from typing import Any

from actions.catalogue import DialogueCatalogue
from actions.message import UnderstoodMessage

NONE_FITS = "none"
"""The button's code for "none of these"."""

OFFERED = 2
"""Number of guesses offered at once."""

ROUNDS = 2
"""Rounds of guesses before the matter goes on without a category."""

_SURE = 0.5
_AHEAD = 2.0
_LIKELY = 0.35
"""A guess is set from `_SURE` on, or from `_LIKELY` on if it is `_AHEAD` times the next one."""

_KEPT = 4


@dataclass(frozen=True, slots=True)
class CategoryGuess:
    """`code` if it can be set without asking; otherwise `candidates` to offer, best first."""

    code: str | None
    candidates: list[str]


def guess(message: UnderstoodMessage, catalogue: DialogueCatalogue) -> CategoryGuess:
    """Guess the category of `message` among the city's categories."""
    ranked = [
        category for category in message.categories if catalogue.category(category.name) is not None
    ]
    candidates = [label.name for label in ranked if label.name != catalogue.other][:_KEPT]
    if not ranked:
        return CategoryGuess(None, [])
    best, rest = ranked[0], ranked[1:]
    ahead = not rest or best.confidence >= _AHEAD * rest[0].confidence
    sure = best.confidence >= _SURE or (best.confidence >= _LIKELY and ahead)
    return CategoryGuess(best.name if sure and best.name != catalogue.other else None, candidates)


def likeliest(message: UnderstoodMessage, catalogue: DialogueCatalogue) -> str | None:
    """Return the city's most likely category of `message` at any confidence, as its name."""
    known = (
        category.name
        for category in message.categories
        if catalogue.category(category.name) is not None
    )
    return next(known, catalogue.other)


def remembered(message: UnderstoodMessage) -> dict[str, Any]:
    """Return the part of `message` that is needed to open a matter later (`UnderstoodMessage`)."""
    return {
        "text": message.text,
        "ordinal": message.ordinal,
        "metadata": {"message_id": message.id},
        "entities": [
            {
                "entity": entity.name,
                "value": entity.value,
                "text": entity.words,
                "confidence_entity": entity.confidence,
                "role": entity.role,
            }
            for entity in message.entities
        ],
        "category": {
            "ranking": [
                {"code": category.name, "confidence": category.confidence}
                for category in message.categories
            ]
        },
    }
