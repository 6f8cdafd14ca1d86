"""Which category a message is about: taken when the understanding is sure, else offered."""

from dataclasses import dataclass
from typing import Any

from actions.book import DialogueCatalogue
from actions.message import UnderstoodMessage

NONE_FITS = "none"
"""The button's code for "none of these"."""

OFFERED = 2
"""How many guesses are offered at once."""

ROUNDS = 2
"""How often guesses are offered before the matter goes on without a category."""

_SURE = 0.5
_AHEAD = 2.0
_LIKELY = 0.35
"""A guess is taken at `_SURE`, or at `_LIKELY` when it is `_AHEAD` times the next one."""

_KEPT = 4


@dataclass(frozen=True, slots=True)
class CategoryGuess:
    """`code` when it may be taken without asking; `candidates` to offer otherwise, best first."""

    code: str | None
    candidates: list[str]


def guess(message: UnderstoodMessage, book: DialogueCatalogue) -> CategoryGuess:
    """Guess the category of `message` among those that the city has."""
    ranked = [
        category for category in message.categories if book.category(category.name) is not None
    ]
    candidates = [label.name for label in ranked if label.name != book.other][:_KEPT]
    if not ranked:
        return CategoryGuess(None, [])
    best, rest = ranked[0], ranked[1:]
    ahead = not rest or best.confidence >= _AHEAD * rest[0].confidence
    sure = best.confidence >= _SURE or (best.confidence >= _LIKELY and ahead)
    return CategoryGuess(best.name if sure and best.name != book.other else None, candidates)


def likeliest(message: UnderstoodMessage, book: DialogueCatalogue) -> str | None:
    """The likeliest category of `message` that the city has, however unsure: what to call it by."""
    known = (
        category.name for category in message.categories if book.category(category.name) is not None
    )
    return next(known, book.other)


def remembered(message: UnderstoodMessage) -> dict[str, Any]:
    """What to keep of `message` to open a matter from it later, as `UnderstoodMessage` takes it."""
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
