"""The table of meanings: what must hold in the dialogue for a message to mean it.

A meaning has the name of the intent that speaks for it; the kinds of request are one meaning,
`MATTER`, and told apart afterwards.
"""

from collections.abc import Mapping
from enum import StrEnum

from actions.message import REQUESTS

MATTER = "matter"
"""A matter is told: the kinds of request that open the form, together."""

KINDS = REQUESTS - {"consult"}


class Ground(StrEnum):
    """Something that holds in the dialogue, or in the message itself."""

    CASE = "case"
    """The citizen has a case."""
    DRAFT = "draft"
    """A matter is being told."""
    QUESTION = "question"
    """A question of the form is open."""
    YES_NO = "yes_no"
    """What was said last wants a yes or a no."""
    OFFER = "offer"
    """Something was offered last."""
    ALARM = "alarm"
    """The rules for emergencies heard a danger in the message."""
    STORY = "story"
    """The category is sure, and the words say what is the matter."""
    COURTESY = "courtesy"
    """The message is nothing but words of courtesy."""


NEEDS: Mapping[str, frozenset[Ground]] = {
    "check_progress": frozenset({Ground.CASE}),
    "urge": frozenset({Ground.CASE}),
    "rate": frozenset({Ground.CASE}),
    "add_details": frozenset({Ground.CASE, Ground.DRAFT}),
    "correct": frozenset({Ground.CASE, Ground.DRAFT}),
    "withdraw": frozenset({Ground.CASE, Ground.DRAFT}),
    "affirm": frozenset({Ground.YES_NO, Ground.OFFER}),
    "deny": frozenset({Ground.YES_NO, Ground.OFFER, Ground.QUESTION}),
    "skip": frozenset({Ground.QUESTION, Ground.OFFER}),
    "refuse": frozenset({Ground.QUESTION, Ground.OFFER}),
    "inform": frozenset({Ground.QUESTION, Ground.OFFER, Ground.DRAFT, Ground.CASE}),
    "emergency": frozenset({Ground.ALARM, Ground.STORY}),
    "greet": frozenset({Ground.COURTESY}),
    "thank": frozenset({Ground.COURTESY}),
    "goodbye": frozenset({Ground.COURTESY}),
}
"""Each meaning with the grounds of which one must hold. What is not listed is always possible."""

YIELDING = frozenset(
    {
        "out_of_scope",
        "how_to_use",
        "skip",
        "refuse",
        "affirm",
        "deny",
        "inform",
        "correct",
        "add_details",
        "check_progress",
        "urge",
        "rate",
        "greet",
        "thank",
        "goodbye",
        "nlu_fallback",
    }
)
"""Meanings that give way to a matter told with a sure category, outside the form."""
