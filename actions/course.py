"""Choose the next question of the case form."""

from dataclasses import dataclass

from actions.catalogue import DialogueCatalogue
from actions.draft import Draft, slot_of

CATEGORY, CONFIRM, LEAVE, CHANGE = "category", "confirm", "leave", "change"


@dataclass(frozen=True, slots=True)
class FormQuestion:
    """The current question: the slot that the form requests, and its key.

    `key` is a detail's key in the catalogue. For the dialogue's own questions it is the slot's
    name: which category, is the summary right, what to change, shall the matter be dropped.
    """

    slot: str
    key: str


def open_question(draft: Draft, catalogue: DialogueCatalogue) -> FormQuestion | None:
    """Return the next question for `draft`; `None` once the matter is confirmed or dropped."""
    if draft.confirm is not None:
        return None
    if draft.thread.get("leaving"):
        return FormQuestion(LEAVE, LEAVE)
    if draft.thread.get("changing"):
        return FormQuestion(CHANGE, CHANGE)
    if redo := draft.thread.get("redo"):
        return FormQuestion(CATEGORY if redo == CATEGORY else slot_of(redo), redo)
    return _missing(draft, catalogue) or FormQuestion(CONFIRM, CONFIRM)


def _missing(draft: Draft, catalogue: DialogueCatalogue) -> FormQuestion | None:
    wanted = catalogue.wanted(draft.kind, draft.category)
    if not draft.settled(wanted[0]):
        return FormQuestion(slot_of(wanted[0]), wanted[0])
    if draft.category is None:
        return FormQuestion(CATEGORY, CATEGORY)
    return next((FormQuestion(slot_of(key), key) for key in wanted if not draft.settled(key)), None)
