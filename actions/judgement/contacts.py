"""Read how to reach the citizen, and who may see how much of it.

For a report (举报) the form first asks how its author wants to be known, because the accused unit
could harm them. Matters of other kinds show the name unless the citizen declines.
"""

from enum import Enum, auto
from typing import Any

from actions.catalogue import CONTACT
from actions.draft import Draft
from actions.message import UnderstoodMessage
from actions.phrases import phrases

NAMED, CONFIDENTIAL, ANONYMOUS = "named", "confidential", "anonymous"
_MODES = (NAMED, CONFIDENTIAL, ANONYMOUS)


class ContactAnswer(Enum):
    """Result of reading a contact from a message."""

    NOT = auto()
    """No contact: the message was about something else."""
    PART = auto()
    """A part of it; the rest must still be asked."""
    DONE = auto()
    OWED = auto()
    """The citizen will give it later."""
    ANONYMOUS = auto()
    """The citizen will not give it."""


def take(message: UnderstoodMessage, draft: Draft) -> ContactAnswer:
    """Read the answer to the question about the contact."""
    mode, phone, name = _said(message)
    if message.intent == "skip":
        draft.owe(CONTACT)
        return ContactAnswer.OWED
    if message.intent in ("refuse", "deny") and not phone:
        return _without_phone(draft, mode)
    if mode == ANONYMOUS:
        return _without_phone(draft, ANONYMOUS)
    if not (mode or phone or name):
        return ContactAnswer.NOT
    _note(draft, mode, phone, name)
    return ContactAnswer.DONE if _settle(draft) else ContactAnswer.PART


def keep_phone(message: UnderstoodMessage, draft: Draft) -> bool:
    """Store a phone number that came with another answer; true when it is new."""
    phone = message.word("phone")
    if not phone or draft.contact is not None or draft.thread.get("phone") == phone:
        return False
    _note(draft, None, phone, phrases.name(message.said))
    _settle(draft)
    return True


def keep_mode(message: UnderstoodMessage, draft: Draft) -> None:
    """Store how the author of a report wants to be known, if the message says it."""
    if draft.kind != "report" or draft.contact is not None:
        return
    mode = phrases.mode(message.said)
    if mode == ANONYMOUS:
        draft.contact = {"mode": ANONYMOUS}
    elif mode is not None:
        _note(draft, mode, None, None)
        _settle(draft)


def carry(kind: str, contact: dict[str, Any], draft: Draft) -> None:
    """Reuse the contact of an earlier matter of `kind`, so that it is not asked twice.

    Not from or to a report, whose author must say again how they want to be known.
    """
    if "report" not in (kind, draft.kind):
        draft.contact = contact


def names_contact(message: UnderstoodMessage) -> bool:
    """Return whether a correction is about the contact, without naming it."""
    return phrases.mode(message.said) is not None or phrases.name(message.said) is not None


def correction(message: UnderstoodMessage) -> dict[str, Any] | None:
    """Return a correction's changes of the contact; `None` when there are none."""
    words = phrases.corrected(message.said) or message.said
    mode, phone, _ = _said(message)
    name = phrases.name(words) or phrases.name(message.said)
    new = {"mode": mode, "phone": phone, "name": name}
    return {part: value for part, value in new.items() if value} or None


def change(draft: Draft, new: dict[str, Any]) -> None:
    """Update the contact with `new`."""
    if new.get("mode") == ANONYMOUS:
        draft.put(CONTACT, {"mode": ANONYMOUS})
        return
    old = draft.contact or {}
    if old.get("mode") == ANONYMOUS:
        old = {"mode": CONFIDENTIAL if draft.kind == "report" else NAMED}
    kept = {"mode": NAMED, **_partial(draft), **old, **new}
    draft.put(CONTACT, kept)


def forget(draft: Draft) -> None:
    """Ask for the contact again; the old one stays until there is a new one."""
    for part in ("mode", "phone", "name"):
        draft.thread.pop(part, None)


def final(draft: Draft) -> dict[str, Any]:
    """Return the contact to file, also when the citizen owes it."""
    if draft.contact is not None:
        return draft.contact
    return {"mode": CONFIDENTIAL if draft.kind == "report" else NAMED, **_partial(draft)}


def _said(message: UnderstoodMessage) -> tuple[str | None, str | None, str | None]:
    mode = message.word("mode")
    if mode not in _MODES:
        mode = phrases.mode(message.said)
    return mode, message.word("phone"), phrases.name(message.said)


def _note(draft: Draft, mode: str | None, phone: str | None, name: str | None) -> None:
    for part, value in (("mode", mode), ("phone", phone), ("name", name)):
        if value:
            draft.thread[part] = value


def _partial(draft: Draft) -> dict[str, Any]:
    return {p: draft.thread[p] for p in ("mode", "phone", "name") if draft.thread.get(p)}


def _settle(draft: Draft) -> bool:
    """Set the contact once it is complete: a number, and for a report its visibility."""
    known = _partial(draft)
    if not known.get("phone") or (draft.kind == "report" and not known.get("mode")):
        return False
    draft.put(CONTACT, {"mode": NAMED, **known})
    return True


def _without_phone(draft: Draft, mode: str | None) -> ContactAnswer:
    chosen = mode or draft.thread.get("mode")
    if chosen in (NAMED, CONFIDENTIAL):
        draft.put(CONTACT, {"mode": chosen, **_partial(draft)})
        return ContactAnswer.DONE
    draft.put(CONTACT, {"mode": ANONYMOUS})
    return ContactAnswer.ANONYMOUS
