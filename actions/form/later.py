"""Store further matters of a message, and offer each when the current one is finished."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rasa_sdk.events import EventType, SlotSet

from actions.catalogue import DialogueCatalogue
from actions.draft import Draft
from actions.judgement import categories
from actions.message import UnderstoodMessage
from actions.turn import ActionTurn, set_pending
from actions.words import one_paragraph, payload

NEXT = "next"
"""Value of `pending` while the next matter is offered."""

_COUNTED = 3
"""Last position with an ordinal name, such as "the second"."""

_LONGEST = 30
"""Most characters of a matter on its button."""


def put_off(
    slots: Mapping[str, Any], ordinal: int, matters: Iterable[UnderstoodMessage]
) -> list[dict[str, Any]]:
    """Return all waiting matters with `matters` added; `ordinal` is the current one's, from 0.

    Each keeps its position among the citizen's matters, which is part of its idempotency key.
    """
    waiting = list(slots.get("later") or [])
    for message in matters:
        waiting.append(
            {
                **categories.remembered(message),
                "kind": message.intent,
                "title": message.title,
                "ordinal": ordinal + len(waiting) + 1,
            }
        )
    return waiting


def tell(turn: ActionTurn, matters: Sequence[UnderstoodMessage], known: DialogueCatalogue) -> None:
    """Tell the citizen that the other matters of a message will follow."""
    codes = (categories.likeliest(message, known) for message in matters)
    names = dict.fromkeys(known.category_name(code, turn.language) for code in codes)
    turn.respond("utter_kept_for_later", value=turn.words.listed(names))


def offer_next(
    turn: ActionTurn, waiting: Sequence[dict[str, Any]] | None = None, *, done: Draft | None = None
) -> list[EventType]:
    """Offer the first waiting matter, if any; `done` is the matter that has just ended."""
    later = list(turn.slots.get("later") or []) if waiting is None else list(waiting)
    if not later:
        emptied = [SlotSet("later", None)] if turn.slots.get("later") else []
        return [*emptied, set_pending(None)]
    first = later[0]
    said = one_paragraph(str(first.get("text", "")))
    place = int(first.get("ordinal", 0)) + 1
    name = f"utter_piece_next_{place}" if 2 <= place <= _COUNTED else "utter_piece_next"
    title = str(first.get("title") or _short(said))
    yes = {"title": turn.words.piece(name, title=title), "payload": payload("affirm")}
    no = turn.words.button("utter_piece_not_next", payload("deny"))
    turn.respond("utter_next_matter", buttons=[yes, no], said=said)
    if done is not None and done.contact is not None:
        later = [{**entry, "contact": [done.kind, done.contact]} for entry in later]
    return [SlotSet("later", later), set_pending({"act": NEXT})]


def _short(said: str) -> str:
    return said if len(said) <= _LONGEST else f"{said[: _LONGEST - 1]}…"
