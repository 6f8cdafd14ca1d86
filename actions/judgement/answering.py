"""Read answers to the form's questions, and handle questions without an answer."""

from actions.catalogue import CONTACT, DEMAND, HAPPENED
from actions.course import CATEGORY
from actions.judgement import categories, contacts
from actions.judgement.adding import added, another_matter
from actions.judgement.answers import fits, read, without
from actions.judgement.draft_update import DIGRESSIONS, MATTERS, DraftUpdate, too_long
from actions.phrases import has_digits, phrases

_THIN_ASKS = 2
"""After so many questions about what happened, the opening words are used."""


def detail_told(update: DraftUpdate, key: str) -> bool:
    """Read the answer to the question for the detail `key`."""
    message, kind = update.message, update.type_of(key)
    definition = update.catalogue.definition(key)
    fitting = definition is not None and fits(definition, message)
    if not fitting and message.intent in ("skip", "refuse", "deny"):
        return skipped(update, key)
    if not fitting and (update.digresses(kind) or message.intent == "affirm"):
        return False
    if key == HAPPENED:
        return _happened_told(update)
    if not fitting and (update.tells_matter(kind) or update.narrates(key)):
        return another_matter(update) or added(update)
    if not fitting and update.misses(key):
        return update.gather(key) or added(update)
    return _answered(update, key)


def contact_told(update: DraftUpdate) -> bool:
    """Read the contact, and who may see how much of it."""
    draft = update.draft
    taken = contacts.take(update.message, draft)
    if taken is contacts.ContactAnswer.NOT:
        return _no_contact_told(update)
    if taken is contacts.ContactAnswer.OWED:
        update.tell("utter_owed", CONTACT)
    if taken is contacts.ContactAnswer.ANONYMOUS:
        update.tell("utter_no_contact")
    if draft.thread.get("redo") == CONTACT and taken is not contacts.ContactAnswer.PART:
        draft.thread.pop("redo")
        if taken is contacts.ContactAnswer.DONE:
            update.tell("utter_changed", CONTACT, draft.contact)
    update.gather(CONTACT)
    return True


def _no_contact_told(update: DraftUpdate) -> bool:
    """Handle an answer without a number: words cannot replace a number."""
    message = update.message
    digits_alone = has_digits(message.said) and not any(map(str.isalpha, message.said))
    if not digits_alone and message.intent in DIGRESSIONS | {"affirm", "change_language"}:
        return False
    shaped = update.gather_shaped(CONTACT)
    if not shaped and another_matter(update):
        return True  # a person named there is not a party of this matter
    update.gather_named(CONTACT)
    if shaped:
        return True
    if message.intent in MATTERS:
        return added(update)
    if not has_digits(message.said):
        return message.intent == "inform" and added(update)
    update.tell("utter_phone_unclear")
    return True


def _answered(update: DraftUpdate, key: str) -> bool:
    definition, draft = update.catalogue.definition(key), update.draft
    value = read(definition, update.message) if definition is not None else None
    if value is not None and too_long(value):
        update.tell("utter_line_too_long")
        return True
    others = update.gather(key)
    if value is None:
        if not others and not has_digits(update.message.said):
            return False
        if not others:
            update.tell("utter_phone_unclear")
        return True
    if isinstance(value, str) and key != DEMAND:
        value = without(value, update.kept)
    draft.put(key, value)
    if draft.thread.get("redo") == key:
        draft.thread.pop("redo")
        update.tell("utter_changed", key, value)
    return True


def _happened_told(update: DraftUpdate) -> bool:
    if not update.says_something():
        return False
    update.message, *others = update.message.parts
    for other in others:
        update.later.append(other)
        update.tell("utter_kept_for_later", CATEGORY, categories.likeliest(other, update.catalogue))
    draft, said = update.draft, update.message.said
    redo = draft.thread.get("redo") == HAPPENED
    first = str(draft.thread.get("first") or "")
    worth = not redo and phrases.substance(first) and first not in said
    text = f"{first}\n{said}" if worth else said
    if not update.short_enough(text):
        return True
    draft.put(HAPPENED, text)
    if redo:
        draft.thread.pop("redo")
        update.tell("utter_changed", HAPPENED, text)
    if draft.category is None:
        guess = categories.guess(update.message, update.catalogue)
        draft.category = guess.code
        draft.thread["candidates"] = guess.candidates
    update.gather(HAPPENED)
    return True


def skipped(update: DraftUpdate, key: str) -> bool:
    """Skip a detail (容缺受理). Only what happened is required, at least one sentence."""
    draft = update.draft
    if draft.thread.get("redo") == key:
        draft.thread.pop("redo")
        update.tell("utter_left_as_it_was", key)
        return True
    if key != HAPPENED:
        draft.owe(key)
        update.tell("utter_owed", key)
        return True
    first = draft.thread.get("first")
    if first and draft.times_asked(HAPPENED) >= _THIN_ASKS:
        draft.put(HAPPENED, first)
    else:
        update.tell("utter_need_happened")
    return True
