"""The table of meanings: what the dialogue state must have for each meaning of a message.

A meaning has the name of its intent. All kinds of request are one meaning, `MATTER`; the kind is
determined afterwards.
"""

from collections.abc import Mapping
from enum import StrEnum

from actions.message import REQUESTS

MATTER = "matter"
"""The citizen reports a matter: all kinds of request that open the form."""

KINDS = REQUESTS - {"consult"}


class Ground(StrEnum):
    """A condition on the dialogue state or on the message itself."""

    CASE = "case"
    """The citizen has a case."""
    DRAFT = "draft"
    """The citizen is in the middle of a report."""
    QUESTION = "question"
    """A question of the form is open."""
    YES_NO = "yes_no"
    """The last reply asked for a yes or a no."""
    OFFER = "offer"
    """The last reply was an offer."""
    ALARM = "alarm"
    """The rules for emergencies found a danger in the message."""
    STORY = "story"
    """The category is certain, and the words describe a matter."""
    COURTESY = "courtesy"
    """The message does not describe a matter, so it may be courtesy."""


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
"""For each meaning, the grounds of which one must hold. Other meanings are always possible."""

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
"""Meanings that a matter with a certain category overrides, outside the form."""
