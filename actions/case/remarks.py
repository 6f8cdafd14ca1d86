"""Add remarks to a case: late details, corrections, opinions outside a survey."""

from collections.abc import Sequence

from rasa_sdk.events import EventType, SlotSet

from actions.case.lookup import ENDED, AboutCase
from actions.case.rating import tapped
from actions.catalogue import DialogueCatalogue, dialogue_catalogue
from actions.context import services
from actions.judgement.answers import LINE, read
from actions.message import UnderstoodMessage
from actions.phrases import has_letters, phrases
from actions.turn import ActionTurn, set_pending
from api.contract import CaseOut
from api.contract.wire import MAX_WORDS

ADD = "add"
"""Value of `pending` after "what would you like to add?"."""


class AddDetails(AboutCase):
    """Adds the citizen's words, and missing details, to a case as a remark."""

    async def act(self, turn: ActionTurn) -> list[EventType]:
        """Do nothing in the form, which handles additions itself."""
        return [] if turn.in_form else await super().act(turn)

    async def about(self, turn: ActionTurn, case: CaseOut) -> list[EventType]:
        """Add the message's content; ask for it when the message only announces it."""
        return await add(turn, case)


class Correct(AddDetails):
    """Adds a correction after the receipt as a remark: a case's history is never edited."""


async def add(turn: ActionTurn, case: CaseOut) -> list[EventType]:
    """Add the message to `case`."""
    if case.state in ENDED:
        state = turn.words.piece(f"utter_state_{case.state}")
        turn.respond("utter_case_ended", number=case.number, state=state)
        return [set_pending(None)]
    said = turn.message.said
    if not phrases.substance(said) or not has_letters(phrases.substance(said)):
        turn.respond("utter_add_what", number=case.number)
        return [SlotSet("last_case", case.number), set_pending({"act": ADD})]
    if len(said) > MAX_WORDS:
        turn.respond("utter_too_long")
        return []
    known = await dialogue_catalogue()
    details = late_details(turn.message, case.owed, known)
    files = turn.slots.get("photo")
    after = await services().client.add_remark(
        case.number,
        turn.conversation,
        said,
        details=details,
        attachments=files if isinstance(files, list) else [],
        idempotency_key=turn.key("remark"),
    )
    _tell_added(turn, after, details, known)
    return [SlotSet("last_case", case.number), SlotSet("photo", None), set_pending(None)]


def late_details(
    message: UnderstoodMessage, owed: Sequence[str], known: DialogueCatalogue
) -> dict[str, str]:
    """Return the missing details that `message` gives: those of a matching type, or the only one.

    Free words are assigned to a missing detail only when the message names it or it is the only
    one. Otherwise a remark could be stored as the name of a shop.
    """
    found: dict[str, str] = {}
    for key in owed:
        definition = known.definition(key)
        if definition is None:
            continue
        shape = "phone" if definition.type == "contact" else definition.type
        word = message.word(shape)
        if word is not None:
            found[key] = word[:LINE]
    if found:
        return found
    only = owed[0] if len(owed) == 1 and message.intent == "inform" else None
    named = known.mentioned(message.said, owed) or only
    definition = known.definition(named) if named else None
    if named is None or definition is None or definition.type in ("contact", "phone", "photo"):
        return {}
    value = read(definition, message)
    text = value.get("text") if isinstance(value, dict) else value
    return {named: text} if isinstance(text, str) and len(text) <= LINE else {}


def _tell_added(
    turn: ActionTurn, case: CaseOut, details: dict[str, str], known: DialogueCatalogue
) -> None:
    if details:
        names = turn.words.listed(known.names(details, turn.language))
        turn.respond("utter_details_joined", number=case.number, names=names)
    else:
        turn.respond("utter_remark_joined", number=case.number)
    if case.owed:
        owed = turn.words.listed(known.names(case.owed, turn.language))
        turn.respond("utter_still_owed", owed=owed)


class RateCase(AboutCase):
    """Adds an opinion outside a survey to the case, where its handler reads it.

    Surveys ask after the unit's reply; an opinion before or besides them must be read too.
    """

    async def act(self, turn: ActionTurn) -> list[EventType]:
        """Handle a survey's answer; otherwise wait for the end of the form, and for words."""
        if (events := await tapped(turn)) is not None:
            return events
        if turn.in_form or not turn.message.said:
            turn.respond("utter_rate_later" if turn.in_form else "utter_rate_what")
            return []
        return await super().act(turn)

    async def about(self, turn: ActionTurn, case: CaseOut) -> list[EventType]:
        """Add the citizen's words to the case as a remark."""
        said = turn.message.said
        remark = turn.words.piece("utter_piece_rating", said=said[: MAX_WORDS - LINE])
        await services().client.add_remark(
            case.number, turn.conversation, remark, idempotency_key=turn.key("rate")
        )
        turn.respond("utter_rating_joined", number=case.number)
        return [SlotSet("last_case", case.number)]
