"""File confirmed matters, send the receipt, and store matters that could not be filed."""

from collections.abc import Mapping
from typing import Any

import structlog
from pydantic import ValidationError
from rasa_sdk.events import EventType, SlotSet

from actions.catalogue import CONTACT, DialogueCatalogue, dialogue_catalogue
from actions.context import services
from actions.draft import Draft
from actions.files import LOST, MOST, without_lost
from actions.form.later import offer_next
from actions.judgement import contacts
from actions.turn import ActionTurn, CitizenAction, forget_draft, set_pending
from api.client import ApiProblem, ApiUnavailable
from api.contract import CaseOut, Moment, OpenCase, Place

RETRY = "retry"
"""Value of `pending` after a failure: file again."""

_OPEN = "open_case"

_log = structlog.get_logger(__name__)


class OpenTheCase(CitizenAction):
    """Ends the form: files a confirmed matter, or deletes a dropped one."""

    def name(self) -> str:
        """See the base class."""
        return "action_open_case"

    async def act(self, turn: ActionTurn) -> list[EventType]:
        """File or drop the matter."""
        draft = turn.draft
        if draft.confirm is None:
            # The form was suspended, or a failing action server ended it.
            return []
        if draft.confirm is False:
            turn.respond("utter_dropped")
            return [*forget_draft(turn), *offer_next(turn, done=draft)]
        return await file_confirmed(turn)

    def failed(self, turn: ActionTurn) -> list[EventType]:
        """Keep the confirmed draft: without the catalogue the request cannot be built."""
        turn.respond("utter_case_kept")
        thread = {**turn.draft.thread, "key": _key(turn, turn.draft)}
        return [SlotSet("thread", thread), set_pending({"act": RETRY})]


async def file_confirmed(turn: ActionTurn) -> list[EventType]:
    """File the waiting matters and the confirmed draft, if there is one.

    Raises:
        ApiUnavailable: the catalogue was never read and cannot be read now; nothing changes.
    """
    known, draft, waiting = await dialogue_catalogue(), turn.draft, unsent(turn)
    if not draft.confirm:
        return await file(turn, waiting, known)
    try:
        order = order_of(turn, draft, known)
    except ValidationError as error:
        _log.error("order_invalid", faults=error.error_count())
        turn.respond("utter_case_refused", phone=known.hotline)
        return [SlotSet("confirm", None)]
    waiting.append({"key": _key(turn, draft), "order": order})
    return [*forget_draft(turn), *await file(turn, waiting, known, done=draft)]


def _key(turn: ActionTurn, draft: Draft) -> str:
    """Return the idempotency key of the draft's filing, the same for all attempts."""
    return str(draft.thread.get("key") or turn.key(_OPEN, int(draft.thread.get("ordinal", 0))))


def unsent(turn: ActionTurn) -> list[dict[str, Any]]:
    """Return the confirmed matters that are not filed yet, oldest first."""
    waiting = turn.slots.get("unsent")
    return list(waiting) if isinstance(waiting, list) else []


async def file(
    turn: ActionTurn,
    waiting: list[dict[str, Any]],
    known: DialogueCatalogue,
    *,
    done: Draft | None = None,
) -> list[EventType]:
    """File the confirmed matters in `waiting`; those that fail are stored for a later attempt.

    `done` is the draft of the last one, if it was confirmed just now.

    Each is filed under the idempotency key of the message that confirmed it, so that a lost answer
    of the case service does not open a second case.
    """
    events: list[EventType] = []
    for index, waiting_draft in enumerate(waiting):
        order = OpenCase.model_validate(waiting_draft["order"])
        try:
            case = await services().client.open_case(order, idempotency_key=waiting_draft["key"])
        except ApiUnavailable as error:
            _log.warning("case_not_sent", reason=str(error))
            turn.respond("utter_case_kept")
            pending = {"act": RETRY}
            return [*events, SlotSet("unsent", waiting[index:]), set_pending(pending)]
        except ApiProblem as error:
            if error.code == LOST and order.attachments:
                left = without_lost(turn, order.attachments, error)
                again = {**waiting_draft, "order": {**waiting_draft["order"], "attachments": left}}
                rest = [again, *waiting[index + 1 :]]
                return [*events, *await file(turn, rest, known, done=done)]
            _log.error("case_refused", code=error.code)
            turn.respond("utter_case_refused", phone=known.hotline)
            continue
        receipt(turn, case, known)
        events.append(SlotSet("last_case", case.number))
    return [*events, SlotSet("unsent", None), *offer_next(turn, done=done)]


def order_of(turn: ActionTurn, draft: Draft, known: DialogueCatalogue) -> dict[str, Any]:
    """Convert the confirmed draft to the contract's request, as plain JSON.

    Raises:
        ValidationError: a value violates the contract, which is a fault of this code.
    """
    wanted = set(known.takes(draft.kind, draft.category))
    contact = contacts.final(draft)
    body: dict[str, Any] = {
        "contact_point": turn.conversation,
        "channel": turn.channel,
        "language": turn.language,
        "kind": draft.kind,
        "category": draft.category,
        "happened": draft.happened,
        "place": _fields(Place, draft.place),
        "time": _fields(Moment, draft.time),
        "demand": draft.demand,
        "contact": {part: contact[part] for part in ("mode", "name", "phone") if contact.get(part)},
        "details": {key: value for key, value in draft.details.items() if key in wanted},
        "owed": [key for key in draft.owed if key != CONTACT or draft.contact is None],
    }
    if draft.photo:
        body["attachments"] = draft.photo[:MOST]
    if notice := turn.message.metadata.get("notice"):
        body["notice"] = notice
    if draft.thread.get("unsure"):
        body["category_confidence"] = 0.0
    body = {name: value for name, value in body.items() if value is not None}
    return OpenCase.model_validate(body).model_dump(mode="json", exclude_unset=True)


def _fields(model: type[Place | Moment], value: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return the fields of `value` that fit the contract; invalid parts are dropped, words stay."""
    if not value or not value.get("text"):
        return None
    known = {name: part for name, part in value.items() if name in model.model_fields and part}
    try:
        model.model_validate(known)
    except ValidationError:
        return {"text": value["text"]}
    return known


def receipt(turn: ActionTurn, case: CaseOut, known: DialogueCatalogue) -> None:
    """Send number, unit, due time, owed details and the way back; the text alone is complete."""
    words, unit = turn.words, case.unit
    lines = [words.piece("utter_receipt_number", number=case.number)]
    if unit is not None:
        name = unit.names.in_language(turn.language)
        if unit.phone:
            example = words.piece("utter_piece_example") if unit.example_phone else ""
            lines.append(words.piece("utter_receipt_unit", unit=name, phone=unit.phone + example))
        else:
            lines.append(words.piece("utter_receipt_unit_only", unit=name))
        if case.due_at is not None:
            lines.append(words.piece("utter_receipt_due", due=words.moment(case.due_at)))
    else:
        by = case.clerk_by or case.due_at
        lines.append(
            words.piece("utter_receipt_clerk_by", by=words.moment(by))
            if by
            else words.piece("utter_receipt_clerk")
        )
    if case.owed:
        owed = words.listed(known.names(case.owed, turn.language))
        lines.append(words.piece("utter_receipt_owed", owed=owed))
    if case.access_code:
        lines.append(words.piece("utter_receipt_access", access_code=case.access_code))
    lines.append(words.piece("utter_receipt_next"))
    turn.say("\n".join(lines), custom=_card(turn, case))


def _card(turn: ActionTurn, case: CaseOut) -> dict[str, Any]:
    unit = case.unit
    return {
        "type": "receipt",
        "number": case.number,
        "unit": unit.names.in_language(turn.language) if unit else None,
        "unit_phone": unit.phone if unit else None,
        "example_phone": unit.example_phone if unit else False,
        "category": case.category.names.in_language(turn.language),
        "due": case.due_at.isoformat() if case.due_at else None,
        "owed": list(case.owed),
        "access_code": case.access_code,
    }
