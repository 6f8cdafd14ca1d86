"""Handle short answers outside the form, which answer the last offer, and unclear messages."""

from collections.abc import Mapping

from rasa_sdk.events import EventType, FollowupAction, SlotSet

from actions.case.lookup import own_case
from actions.case.remarks import ADD, add, late_details
from actions.case.requests import WITHDRAW, withdraw
from actions.catalogue import dialogue_catalogue
from actions.context import services
from actions.form.beginning import OPENING, begin
from actions.form.later import NEXT, offer_next
from actions.form.opening import RETRY, file_confirmed, unsent
from actions.judgement import categories
from actions.message import REQUESTS, UnderstoodMessage
from actions.phrases import has_letters
from actions.talk.privacy import JOIN, typed_code
from actions.turn import FORM, ActionTurn, DialogueMove, set_pending
from actions.words import payload
from api.client import ApiProblem
from api.contract import CaseOut

UNSURE = "unsure"
"""Value of `pending` after "did you mean?": `message`, and `times` in a row."""

_OFFERED = 2
_SPOKEN_OF = REQUESTS | {
    "check_progress",
    "add_details",
    "urge",
    "withdraw",
    "rate",
    "talk_to_person",
    "how_to_use",
    "privacy",
}
"""Intents that can be offered by name."""

_SOME_MATTER = 0.3
"""Least confidence of a category for which bare words count as a matter; it is then asked."""

_REQUEST = 0.5
"""Least confidence that a message is a request of any kind, for the form to start."""


class Affirm(DialogueMove):
    """Handles "yes" to the last offer."""

    async def act(self, turn: ActionTurn) -> list[EventType]:
        """Run the offer; in the form the question stays open and is asked again."""
        if turn.in_form:
            return []
        pending = turn.pending
        act = pending.get("act")
        if act == WITHDRAW:
            return await withdraw(turn, str(pending.get("number")))
        if act == NEXT:
            return await _next(turn)
        if act == OPENING:
            message = UnderstoodMessage(_remembered(pending))
            return await begin(turn, str(pending.get("kind")), message, mindful=True)
        if turn.draft.confirm or unsent(turn):
            return await file_confirmed(turn)
        if turn.draft.begun:
            return [FollowupAction(FORM)]
        turn.respond("utter_fine")
        return []


class Deny(DialogueMove):
    """Handles "no" to the last offer."""

    async def act(self, turn: ActionTurn) -> list[EventType]:
        """Change nothing, and say so."""
        if turn.in_form:
            return []
        act = turn.pending.get("act")
        if act == UNSURE:
            await _offer_person(turn)
        elif act == WITHDRAW:
            turn.respond("utter_kept_open", number=turn.pending.get("number"))
        elif act == RETRY:
            turn.respond("utter_case_kept_anyway")
            return []
        else:
            turn.respond("utter_fine")
        later = list(turn.slots.get("later") or [])
        if act == NEXT:
            return offer_next(turn, later[1:])
        if act == OPENING and later:
            return offer_next(turn, later)
        return [set_pending(None)]


class Inform(DialogueMove):
    """Handles a bare fact: an owed detail, an answer to an abandoned form, or unclear words."""

    async def act(self, turn: ActionTurn) -> list[EventType]:
        """Find the detail or matter that the fact belongs to."""
        if (taken := _taken(turn)) is not None:
            return taken
        if turn.draft.begun and turn.draft.confirm is None:
            return [FollowupAction(FORM)]
        if turn.pending.get("act") == ADD or await _gives_what_is_owed(turn):
            case = await own_case(turn)
            return await add(turn, case) if isinstance(case, CaseOut) else case
        return await unsure(turn)


class Unsure(DialogueMove):
    """Handles an unclear message: offers guesses, and the second time a person."""

    async def act(self, turn: ActionTurn) -> list[EventType]:
        """Offer guesses, or say that the message was not understood."""
        if (taken := _taken(turn)) is not None:
            return taken
        if turn.draft.begun and turn.draft.confirm is None and turn.message.said:
            return [FollowupAction(FORM)]
        return await unsure(turn)


def _taken(turn: ActionTurn) -> list[EventType] | None:
    """Handle an answer to the form, a requested code, or words with files; else `None`."""
    if turn.in_form:
        turn.respond("utter_not_understood")
        return []
    if turn.pending.get("act") == JOIN:
        return typed_code(turn)
    if turn.message.attachments and not turn.slots.get("photo"):
        return []  # the files and these words were added to the case
    return None


async def unsure(turn: ActionTurn) -> list[EventType]:
    """Start the form for a likely request; else offer the two best guesses; else a person."""
    message = turn.message
    requests = [intent for intent in message.intents if intent.name in REQUESTS]
    if requests and sum(request.confidence for request in requests) >= _REQUEST:
        return await begin(turn, requests[0].name, message)
    if requests and await _tells_a_matter(message):
        return await begin(turn, requests[0].name, message)
    times = int(turn.pending.get("times", 0)) + 1 if turn.pending.get("act") == UNSURE else 1
    guesses = [intent for intent in message.intents if intent.name in _SPOKEN_OF][:_OFFERED]
    if times > 1 or not guesses or not has_letters(message.said):
        await _offer_person(turn)
        return [set_pending({"act": UNSURE, "times": times})]
    buttons = [
        turn.words.button(f"utter_intent_{guess.name}", payload(guess.name)) for guess in guesses
    ]
    turn.respond("utter_did_you_mean", buttons=[*buttons, _neither(turn)])
    pending = {"act": UNSURE, "times": times, "message": categories.remembered(message)}
    return [set_pending(pending)]


def _neither(turn: ActionTurn) -> dict[str, str]:
    return turn.words.button("utter_piece_none_fits", payload("deny"))


async def _tells_a_matter(message: UnderstoodMessage) -> bool:
    """Return whether the words, without place and time, match a category of the city."""
    said = message.said
    for _, words in message.marked:
        said = said.replace(words, " ")
    known = await dialogue_catalogue()
    best = next(iter(message.categories), None)
    return (
        best is not None
        and best.name != known.other
        and best.confidence >= _SOME_MATTER
        and known.substantial(said, best.name)
    )


async def _offer_person(turn: ActionTurn) -> None:
    known = await dialogue_catalogue()
    turn.respond("utter_did_not_understand", phone=known.hotline)


async def _next(turn: ActionTurn) -> list[EventType]:
    later = list(turn.slots.get("later") or [])
    if not later:
        turn.respond("utter_fine")
        return [set_pending(None)]
    first = later[0]
    events = await begin(turn, str(first.get("kind")), UnderstoodMessage(first))
    return [SlotSet("later", later[1:] or None), *events]


async def _gives_what_is_owed(turn: ActionTurn) -> bool:
    number = turn.slots.get("last_case")
    if not number or not turn.message.said:
        return False
    try:
        case = await services().client.case(str(number), contact_point=turn.conversation)
    except ApiProblem:
        return False
    return bool(late_details(turn.message, case.owed, await dialogue_catalogue()))


def _remembered(pending: Mapping[str, object]) -> Mapping[str, object]:
    message = pending.get("message")
    return message if isinstance(message, Mapping) else {}
