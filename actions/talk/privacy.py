"""Handle personal data: what is stored, export, erasure, and linking two channels."""

import re
from typing import Any

from rasa_sdk.events import EventType, SlotSet

from actions.context import services
from actions.draft import Draft
from actions.turn import ActionTurn, Button, DialogueMove, set_pending
from actions.words import payload
from api.client import ApiProblem
from api.contract import CitizenSummary

ERASE, JOIN, JOIN_SURE = "erase", "join", "join_sure"
"""Values of `pending` after "erase everything?", "type the code", "link the channels?"."""

_WEB = "web"
_EXPORT = "/privacy/export/{ticket}"
_LISTED = 20
_CODE = re.compile(r"(?<![0-9A-Za-z])([0-9A-Za-z]{4})[-\s]?([0-9A-Za-z]{4})(?![0-9A-Za-z-])")


class Privacy(DialogueMove):
    """Tells what is stored and runs the actions of its buttons."""

    async def act(self, turn: ActionTurn) -> list[EventType]:
        """Run the button's action; without a button, tell what is stored and offer the actions."""
        match turn.message.word("do"):
            case "export":
                return await _export(turn)
            case "delete":
                return await _ask_to_erase(turn)
            case "erase" | "erase_withdraw" as how:
                return await _erase(turn, withdraw=how == "erase_withdraw")
            case "connect":
                return _offer_to_connect(turn)
            case "show_code":
                return await _show_code(turn)
            case "type_code":
                turn.respond("utter_join_type")
                return [set_pending({"act": JOIN})]
            case "join":
                return await _join(turn)
            case _:
                return await _tell(turn)


async def _tell(turn: ActionTurn) -> list[EventType]:
    kept = await services().client.citizen(turn.conversation)
    turn.respond("utter_privacy")
    turn.say(
        _counted(turn, kept),
        buttons=[
            _button(turn, "export"),
            _button(turn, "delete"),
            _button(turn, "connect"),
        ],
    )
    return []


def _counted(turn: ActionTurn, kept: CitizenSummary) -> str:
    return turn.words.piece(
        "utter_privacy_kept", cases=kept.cases, open=kept.open_cases, files=kept.files
    )


def _button(turn: ActionTurn, do: str) -> Button:
    return turn.words.button(f"utter_piece_privacy_{do}", payload("privacy", do=do))


async def _export(turn: ActionTurn) -> list[EventType]:
    client = services().client
    if turn.channel == _WEB:
        ticket = await client.export_ticket(turn.conversation, turn.channel, turn.language)
        href = _EXPORT.format(ticket=ticket.ticket)
        turn.say(turn.words.piece("utter_export_link"), custom={"type": "download", "href": href})
        return []
    kept = await client.citizen(turn.conversation)
    page = await client.cases(contact_point=turn.conversation, limit=_LISTED)
    lines = [
        turn.words.piece(
            "utter_piece_case",
            number=item.number,
            category=item.category.names.in_language(turn.language),
            state=turn.words.piece(f"utter_state_{item.state}"),
        )
        for item in page.items
    ]
    turn.say("\n".join([_counted(turn, kept), *lines]))
    turn.respond("utter_export_on_web")
    return []


async def _ask_to_erase(turn: ActionTurn) -> list[EventType]:
    kept = await services().client.citizen(turn.conversation)
    buttons = [_button(turn, "erase")]
    if kept.open_cases:
        buttons.append(_button(turn, "erase_withdraw"))
    buttons.append(turn.words.button("utter_piece_privacy_no", payload("deny")))
    asked = "utter_erase_sure_open" if kept.open_cases else "utter_erase_sure"
    turn.respond(asked, buttons=buttons, open=kept.open_cases)
    return [set_pending({"act": ERASE})]


async def _erase(turn: ActionTurn, *, withdraw: bool) -> list[EventType]:
    """Erase after a confirmation; one tap alone never erases."""
    if turn.pending.get("act") != ERASE:
        return await _ask_to_erase(turn)
    done = await services().client.erase_citizen(turn.conversation, withdraw=withdraw)
    key = "utter_erased_but_open" if done.kept else "utter_erased"
    text = turn.words.piece(key, erased=len(done.erased), kept=turn.words.listed(done.kept))
    mark: dict[str, Any] = {"type": "erased", "contact_points": list(done.contact_points)}
    turn.say(text, custom=mark)
    return [*Draft().all_events(), *(SlotSet(slot, None) for slot in _REMEMBERED)]


_REMEMBERED = ("pending", "later", "unsent", "last_case")


def _offer_to_connect(turn: ActionTurn) -> list[EventType]:
    buttons = [_button(turn, "show_code")]
    if not turn.in_form:  # in the form any typed words are an answer
        buttons.append(_button(turn, "type_code"))
    turn.respond("utter_connect", buttons=buttons)
    return []


async def _show_code(turn: ActionTurn) -> list[EventType]:
    shown = await services().client.join_code(turn.conversation, turn.channel, turn.language)
    turn.respond("utter_join_code", code=shown.code)
    return []


def typed_code(turn: ActionTurn) -> list[EventType]:
    """Read the typed code, and ask for confirmation before the channels are linked."""
    found = _CODE.search(turn.message.said)
    if found is None:
        turn.respond("utter_join_no_code")
        return [set_pending(None)]
    no = turn.words.button("utter_piece_privacy_no", payload("deny"))
    turn.respond("utter_join_sure", buttons=[_button(turn, "join"), no])
    return [set_pending({"act": JOIN_SURE, "code": f"{found[1]}-{found[2]}".upper()})]


async def _join(turn: ActionTurn) -> list[EventType]:
    if turn.pending.get("act") != JOIN_SURE:
        return _offer_to_connect(turn)
    code = str(turn.pending.get("code"))
    try:
        await services().client.join(turn.conversation, code, turn.channel, turn.language)
    except ApiProblem as problem:
        turn.respond("utter_join_tries" if problem.code == "tries_used_up" else "utter_join_wrong")
    else:
        turn.respond("utter_joined")
    return [set_pending(None)]
