"""Read corrections at any time: which detail, and its new value."""

from collections.abc import Mapping
from typing import Any

from actions.catalogue import CONTACT, HAPPENED
from actions.course import CATEGORY, CONFIRM
from actions.judgement import contacts
from actions.judgement.answers import holds, read
from actions.judgement.choosing import category_corrected, kind_chosen, offer_others
from actions.judgement.draft_update import SHAPES, DraftUpdate, too_long
from actions.judgement.places import amended, in_words, shape_of
from actions.phrases import has_letters, phrases


def rejects(update: DraftUpdate) -> bool:
    """Return whether a "no" means that an earlier answer is wrong."""
    return update.message.intent == "deny" and phrases.rejects(update.message.said)


def corrected(update: DraftUpdate, asked: str) -> bool:
    """Handle a correction; ask what to change when it does not say."""
    message, thread = update.message, update.draft.thread
    known = [CATEGORY, *update.keys]
    named = message.word("detail")
    if named in known:
        return _ask_again(update, named)
    if changed(update, asked):
        thread["changing"] = False
        return True
    mentioned = update.catalogue.mentioned(message.said, known) if message.said else None
    if mentioned is not None:
        return _ask_again(update, mentioned)
    thread["changing"] = True
    return True


def changed(update: DraftUpdate, asked: str) -> bool:
    """Update the details that the message corrects; false when there are none."""
    message, draft = update.message, update.draft
    kind = phrases.kind(message.said) if message.intent == "correct" else None
    if kind not in (None, draft.kind) and not update.shaped():
        return kind_chosen(update, kind)
    mentioned = update.catalogue.mentioned(message.said, [CATEGORY, *update.keys])
    if mentioned == CATEGORY:
        return category_corrected(update)
    key = mentioned or _meant(update, asked)
    value = _new_value(update, key) if key is not None else None
    if key is None or value is None or too_long(value):
        return False
    told_before = draft.value(key) is not None
    if key == CONTACT:
        contacts.change(draft, value)
    else:
        draft.put(key, value)
    draft.thread.pop("redo", None)
    if told_before:
        update.tell("utter_changed", key, draft.value(key))
    return True


def _ask_again(update: DraftUpdate, key: str) -> bool:
    update.draft.thread["changing"] = False
    if key == CATEGORY:
        offer_others(update)
    elif update.draft.settled(key):
        update.draft.thread["redo"] = key
    if key == CONTACT:
        contacts.forget(update.draft)
    return True


def _meant(update: DraftUpdate, asked: str) -> str | None:
    """Return the detail that a correction is about, when it does not name it."""
    message = update.message
    if message.word("phone"):
        return _of_type(update, "phone") or CONTACT
    for shape in SHAPES:
        if message.word(shape):
            return _of_type(update, shape)
    if contacts.names_contact(message):
        return CONTACT
    if message.intent != "correct":
        return None
    if alike := _alike(update):
        return alike
    if asked == CONFIRM:
        return None
    last = update.last
    return last if last in update.keys and last != HAPPENED else None


def _alike(update: DraftUpdate) -> str | None:
    """Return the detail whose value has the new value's form, such as bus line "5" for "6"."""
    shape = shape_of(phrases.corrected(update.message.said) or "")
    if shape is None:
        return None
    alike = [
        key
        for key in update.keys
        if key != HAPPENED and shape.search(_text(update.draft.value(key)))
    ]
    return alike[0] if len(alike) == 1 else None


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        value = value.get("text")
    return value if isinstance(value, str) else ""


def _of_type(update: DraftUpdate, shape: str) -> str | None:
    """Return the detail of a type: the last answered, else one with a value, else any possible."""
    same = [key for key in update.keys if update.type_of(key) == shape]
    filled = [key for key in same if update.draft.value(key) is not None]
    return update.last if update.last in filled else next(iter(filled or same), None)


def _new_value(update: DraftUpdate, key: str) -> Any:  # noqa: ANN401 - by the detail's type
    if key == CONTACT:
        return contacts.correction(update.message)
    definition = update.catalogue.definition(key)
    old = update.draft.value(key)
    if definition is not None and definition.type in SHAPES and holds(definition, update.message):
        new = _without_lead(read(definition, update.message), update.message.said)
        return amended(old, new) if definition.type == "place" else new
    words = phrases.corrected(update.message.said)
    if words is None or not has_letters(words):
        return None
    kind = update.type_of(key)
    if kind == "place":
        return amended(old, in_words(words))
    if kind == "time":
        return {"text": words}
    return None if kind == "phone" else words


def _without_lead(value: Any, said: str) -> Any:  # noqa: ANN401 - by the detail's type
    """Remove a "should be" that the understanding included in a name."""
    words = phrases.corrected(said)
    if not isinstance(value, Mapping) or not words or words == value["text"]:
        return value
    return {**value, "text": words} if str(value["text"]).endswith(words) else value
