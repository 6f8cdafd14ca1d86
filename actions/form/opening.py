"""Filing what was confirmed, telling where it went, and keeping what could not be filed."""

from collections.abc import Mapping
from typing import Any

import structlog
from pydantic import ValidationError
from rasa_sdk.events import EventType, SlotSet

from actions.book import CONTACT, DialogueCatalogue, book
from actions.context import services
from actions.draft import Draft
from actions.files import LOST, MOST, without_lost
from actions.form.later import offer_next
from actions.judgement import contacts
from actions.turn import ActionTurn, CitizenAction, forget_draft, set_pending
from api.client import ApiProblem, ApiUnavailable
from api.contract import CaseOut, Moment, OpenCase, Place

RETRY = "retry"
"""What is pending after a failure: filing once more."""

_OPEN = "open_case"

_log = structlog.get_logger(__name__)


class OpenTheCase(CitizenAction):
    """Ends the form: files the matter that was confirmed, or lets the dropped one go."""

    def name(self) -> str:
        """See the base class."""
        return "action_open_case"

    async def act(self, turn: ActionTurn) -> list[EventType]:
        """File or drop."""
        draft = turn.draft
        if draft.confirm is None:
            # The form was put aside, or a failing action server broke it off.
            return []
        if draft.confirm is False:
            turn.respond("utter_dropped")
            return [*forget_draft(turn), *offer_next(turn, done=draft)]
        return await file_confirmed(turn)

    def failed(self, turn: ActionTurn) -> list[EventType]:
        """Keep the confirmed draft as it is: without the catalogue no order can be made of it."""
        turn.respond("utter_case_kept")
        thread = {**turn.draft.thread, "key": _key(turn, turn.draft)}
        return [SlotSet("thread", thread), set_pending({"act": RETRY})]


async def file_confirmed(turn: ActionTurn) -> list[EventType]:
    """File what waits and the confirmed draft, if there is one.

    Raises:
        ApiUnavailable: the catalogue was never read and cannot be read now; nothing is changed.
    """
    known, draft, waiting = await book(), turn.draft, unsent(turn)
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
    """The idempotency key under which the draft is filed, however often that is tried."""
    return str(draft.thread.get("key") or turn.key(_OPEN, int(draft.thread.get("ordinal", 0))))


def unsent(turn: ActionTurn) -> list[dict[str, Any]]:
    """The confirmed matters that the case service has not taken yet, oldest first."""
    waiting = turn.slots.get("unsent")
    return list(waiting) if isinstance(waiting, list) else []


async def file(
    turn: ActionTurn,
    waiting: list[dict[str, Any]],
    known: DialogueCatalogue,
    *,
    done: Draft | None = None,
) -> list[EventType]:
    """File the confirmed matters in `waiting`; those that the service does not take are kept.

    `done` is the draft that the last of them was made of, if it was confirmed just now.

    Each goes with the key of the message that confirmed it, so that one that was taken without
    an answer reaching us is not opened a second time.
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
    """The confirmed draft as the contract wants it, plain JSON.

    Raises:
        ValidationError: a value does not fit the contract, which is a mistake of ours.
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
    """What of `value` the contract knows; a part that does not fit goes, the words stay."""
    if not value or not value.get("text"):
        return None
    known = {name: part for name, part in value.items() if name in model.model_fields and part}
    try:
        model.model_validate(known)
    except ValidationError:
        return {"text": value["text"]}
    return known


def receipt(turn: ActionTurn, case: CaseOut, known: DialogueCatalogue) -> None:
    """Tell number, unit, until when, what is owed and how to come back; the text is complete."""
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
