"""Begin a matter: read details from the opening message, and decline excluded matters."""

from collections.abc import Mapping
from typing import Any

from rasa_sdk.events import EventType, FollowupAction, SlotSet

from actions.catalogue import CONTACT, DialogueCatalogue, dialogue_catalogue
from actions.course import CATEGORY
from actions.draft import Draft
from actions.files import waiting
from actions.form import later
from actions.form.opening import file_confirmed
from actions.judgement import categories, contacts
from actions.judgement.draft_update import DraftUpdate
from actions.message import REQUESTS, UnderstoodMessage
from actions.turn import FORM, ActionTurn, DialogueMove, set_pending
from actions.words import payload
from api.contract import Exclusion
from api.contract.wire import MAX_WORDS

OPENING = "open"
"""Value of `pending` after an offer to open a matter: `kind`, and its opening `message`."""

_ABUSE = "abuse"


class BeginCase(DialogueMove):
    """Starts the case form from a request, or from the button of an earlier offer."""

    async def act(self, turn: ActionTurn) -> list[EventType]:
        """Begin with this message, or with the message of the button's offer."""
        if turn.in_form:
            return []
        message = turn.message
        kind = message.word("kind") if message.intent == "choose_kind" else message.intent
        if kind not in REQUESTS:
            kind = "help"
        if message.said:
            return await begin(turn, kind, message)
        remembered = turn.pending.get("message")
        if isinstance(remembered, Mapping):
            return await begin(turn, kind, UnderstoodMessage(remembered), mindful=True)
        if message.intent == "choose_category":
            turn.respond("utter_button_expired")
            return []
        return await begin(turn, kind, message)


async def begin(
    turn: ActionTurn, kind: str, message: UnderstoodMessage, *, mindful: bool = False
) -> list[EventType]:
    """Start the form for `message`, unless the matter is excluded.

    With several matters it starts for the first, with that matter's words; the others wait.
    `mindful` is true when the citizen was told of the exclusion and continues anyway.
    """
    known = await dialogue_catalogue()
    if message.in_despair:
        turn.respond("utter_stay_with_me")
        return []
    first, *others = message.parts
    if others:
        message, kind = first, first.intent
    queued = later.put_off(turn.slots, message.ordinal, others)
    excluded = None if mindful else _exclusion(message, known)
    if excluded is not None:
        return [*_refused(turn, kind, message, excluded), *_kept(queued, others)]
    # A confirmed matter that could not be filed yet goes first.
    before = await file_confirmed(turn) if turn.draft.confirm else []
    draft = opened(kind, message, known, heard=turn.message.id)
    draft.photo = waiting(turn)
    _chosen(turn, draft, known)
    _acknowledge(turn, draft, known)
    if others:
        later.tell(turn, others, known)
    if len(message.said) > MAX_WORDS:
        turn.respond("utter_too_long")
    return [
        *before,
        *_kept(queued, others),
        *draft.all_events(),
        set_pending(None),
        FollowupAction(FORM),
    ]


def _kept(queued: list[dict[str, Any]], others: list[UnderstoodMessage]) -> list[EventType]:
    return [SlotSet("later", queued)] if others else []


def opened(kind: str, message: UnderstoodMessage, known: DialogueCatalogue, *, heard: str) -> Draft:
    """Make the draft of `message`: details that it contains are not asked again."""
    draft = Draft(kind=kind, thread={"heard": heard})
    guess = categories.guess(message, known)
    draft.category = guess.code
    draft.thread["candidates"] = guess.candidates
    if message.said and len(message.said) <= MAX_WORDS:
        if known.substantial(message.said, guess.code):
            draft.happened = message.said
        else:
            draft.thread["first"] = message.said
    if message.ordinal:
        draft.thread["ordinal"] = message.ordinal
    if message.contact and CONTACT in known.wanted(kind, draft.category):
        contacts.carry(*message.contact, draft)
    contacts.keep_mode(message, draft)
    DraftUpdate(message, draft, known).gather()
    draft.thread.pop("last", None)
    return draft


def _chosen(turn: ActionTurn, draft: Draft, known: DialogueCatalogue) -> None:
    code = turn.message.word("code")
    if code == categories.NONE_FITS and known.other:
        draft.category, draft.thread["unsure"] = known.other, True
    elif known.category(code) is not None:
        draft.category = code


def _acknowledge(turn: ActionTurn, draft: Draft, known: DialogueCatalogue) -> None:
    if draft.category is None or draft.thread.get("unsure"):
        turn.respond("utter_begun")
        return
    change = turn.words.button("utter_piece_other_category", payload("correct", detail=CATEGORY))
    turn.respond(
        f"utter_begun_{draft.kind}",
        buttons=[change],
        category=known.category_name(draft.category, turn.language),
    )


def _exclusion(message: UnderstoodMessage, known: DialogueCatalogue) -> Exclusion | None:
    found = known.exclusion(message.said)
    if found is not None and found.code == _ABUSE:
        # A swearing message can still describe a matter.
        sure = categories.guess(message, known).code is not None
        return None if sure else found
    return found


def _refused(
    turn: ActionTurn, kind: str, message: UnderstoodMessage, exclusion: Exclusion
) -> list[EventType]:
    language = turn.language
    turn.respond(
        "utter_not_accepted" if exclusion.code != _ABUSE else "utter_not_a_matter",
        name=exclusion.names.in_language(language),
        reason=exclusion.reason.in_language(language),
        door=exclusion.door.in_language(language),
    )
    pending: dict[str, Any] = {
        "act": OPENING,
        "kind": kind,
        "message": categories.remembered(message),
    }
    return [set_pending(pending if exclusion.code != _ABUSE else None)]
