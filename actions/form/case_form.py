"""Validate the case form: one form for all categories, with questions from the catalogue.

Rasa's form asks for one slot at a time and passes each message to `validate_case_form`. The message
is read once and as a whole (`actions.judgement.listening`), because it may answer several questions
or correct an earlier answer. If it contains nothing for the form, no slot event is returned: the
form rejects its execution, the rules answer, and the form asks again.
"""

from collections.abc import Mapping
from typing import Any

from rasa_sdk.events import EventType, SlotSet

from actions.catalogue import DialogueCatalogue, dialogue_catalogue
from actions.course import open_question
from actions.draft import Draft
from actions.form.later import put_off
from actions.judgement.draft_update import DraftResponse, DraftUpdate
from actions.judgement.listening import take
from actions.meaning.weighing import judged
from actions.turn import ActionTurn, CitizenAction

REQUESTED_SLOT = "requested_slot"


class ValidateCaseForm(CitizenAction):
    """Reads the message into the draft and sets the next requested slot."""

    def name(self) -> str:
        """See the base class."""
        return "validate_case_form"

    async def act(self, turn: ActionTurn) -> list[EventType]:
        """Read the message once: a form's first run receives its opening message again."""
        known = await dialogue_catalogue()
        events: list[EventType] = []
        if turn.draft.thread.get("heard") != turn.message.id:
            if turn.message.in_despair:
                return _put_aside(turn)
            turn.message = await judged(turn)
            update = DraftUpdate(turn.message, turn.draft, known)
            if take(update):
                events = _taken(turn, update, known)
            else:
                turn.draft = Draft.of(turn.slots)
        question = open_question(turn.draft, known)
        return [*events, SlotSet(REQUESTED_SLOT, question.slot if question else None)]

    def failed(self, turn: ActionTurn) -> list[EventType]:
        """Keep the question open: without the catalogue the answer cannot be read."""
        turn.respond("utter_answer_not_kept")
        thread = SlotSet("thread", turn.draft.thread or None)
        return [thread, SlotSet(REQUESTED_SLOT, turn.slots.get(REQUESTED_SLOT))]


def _put_aside(turn: ActionTurn) -> list[EventType]:
    """End the form silently; a later answer continues the draft."""
    turn.respond("utter_stay_with_me")
    thread = {**turn.draft.thread, "heard": turn.message.id}
    return [SlotSet("thread", thread), SlotSet(REQUESTED_SLOT, None)]


def _taken(turn: ActionTurn, update: DraftUpdate, known: DialogueCatalogue) -> list[EventType]:
    for saying in update.responses:
        _tell(turn, saying, known)
    events = turn.draft.events(turn.slots)
    if update.later:
        ordinal = int(turn.draft.thread.get("ordinal", 0))
        events.append(SlotSet("later", put_off(turn.slots, ordinal, update.later)))
    return events


def _tell(turn: ActionTurn, spoken: DraftResponse, known: DialogueCatalogue) -> None:
    values: Mapping[str, Any] = {}
    if spoken.key is not None:
        values = {"name": turn.words.called(spoken.key, known)}
        if spoken.value is not None:
            values = {**values, "value": turn.words.shown_value(spoken.key, spoken.value, known)}
    turn.respond(spoken.response, **values)
