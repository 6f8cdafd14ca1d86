"""Collect the state of the dialogue at a message: the grounds for its meanings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from actions.catalogue import DialogueCatalogue
from actions.context import services
from actions.course import CATEGORY, CHANGE, CONFIRM, LEAVE, FormQuestion, open_question
from actions.draft import Draft
from actions.meaning.meanings import NEEDS, Ground
from actions.message import UnderstoodMessage
from api.client import ApiProblem, ApiUnavailable

_DIALOGUE_QUESTIONS = frozenset({CATEGORY, CHANGE, CONFIRM, LEAVE})


@dataclass(frozen=True, slots=True)
class DialogueState:
    """The form's open `question`, the type (`kind`) of its answer, the grounds and the `draft`."""

    question: FormQuestion | None
    kind: str | None
    grounds: frozenset[Ground]
    draft: Draft = field(default_factory=Draft)


async def state_of(
    message: UnderstoodMessage,
    slots: Mapping[str, Any],
    catalogue: DialogueCatalogue,
    *,
    in_form: bool,
    citizen: str,
) -> DialogueState:
    """Collect the dialogue state at `message`.

    The case service is asked for cases only if no case is known, and the most likely intent needs
    one and has no other ground.
    """
    draft = Draft.of(slots)
    question = open_question(draft, catalogue) if in_form else None
    kind = _kind(question, catalogue)
    grounds = set()
    if draft.begun:
        grounds.add(Ground.DRAFT)
    if question is not None:
        grounds.add(Ground.QUESTION)
    if kind == "yes_no":
        grounds.add(Ground.YES_NO)
    if slots.get("pending") or slots.get("unsent") or (draft.begun and not in_form):
        grounds.add(Ground.OFFER)
    if message.metadata.get("emergency"):
        grounds.add(Ground.ALARM)
    if await _has_case(message, slots, citizen, grounds):
        grounds.add(Ground.CASE)
    return DialogueState(question, kind, frozenset(grounds), draft)


def _kind(question: FormQuestion | None, catalogue: DialogueCatalogue) -> str | None:
    if question is None:
        return None
    if question.slot in _DIALOGUE_QUESTIONS:
        return "yes_no" if question.slot in (CONFIRM, LEAVE, CHANGE) else "category"
    definition = catalogue.definition(question.key)
    return definition.type if definition is not None else "text"


async def _has_case(
    message: UnderstoodMessage, slots: Mapping[str, Any], citizen: str, grounds: set[Ground]
) -> bool:
    if slots.get("last_case") or message.word("case_number"):
        return True
    needed = NEEDS.get(message.intent, frozenset())
    if Ground.CASE not in needed or needed & grounds:
        return False
    try:
        return bool((await services().client.cases(contact_point=citizen, limit=1)).items)
    except (ApiProblem, ApiUnavailable):
        return True  # the action reports that the service does not answer
