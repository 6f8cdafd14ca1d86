"""Read answers to the form's questions, and handle questions without an answer."""

from actions.book import CONTACT, DEMAND, HAPPENED
from actions.course import CATEGORY
from actions.judgement import categories, contacts
from actions.judgement.adding import added, another_matter
from actions.judgement.answers import fits, read, without
from actions.judgement.hearing import DIGRESSIONS, MATTERS, DraftUpdate, too_long
from actions.phrases import has_digits, phrases

_THIN_ASKS = 2
"""After so many questions about what happened, the opening words are used."""


def detail_told(hearing: DraftUpdate, key: str) -> bool:
    """Read the answer to the question for the detail `key`."""
    message, kind = hearing.message, hearing.type_of(key)
    definition = hearing.book.definition(key)
    fitting = definition is not None and fits(definition, message)
    if not fitting and message.intent in ("skip", "refuse", "deny"):
        return skipped(hearing, key)
    if not fitting and (hearing.digresses(kind) or message.intent == "affirm"):
        return False
    if key == HAPPENED:
        return _happened_told(hearing)
    if not fitting and (hearing.tells_matter(kind) or hearing.narrates(key)):
        return another_matter(hearing) or added(hearing)
    if not fitting and hearing.misses(key):
        return hearing.gather(key) or added(hearing)
    return _answered(hearing, key)


def contact_told(hearing: DraftUpdate) -> bool:
    """Read the contact, and who may see how much of it."""
    draft = hearing.draft
    taken = contacts.take(hearing.message, draft)
    if taken is contacts.ContactAnswer.NOT:
        return _no_contact_told(hearing)
    if taken is contacts.ContactAnswer.OWED:
        hearing.tell("utter_owed", CONTACT)
    if taken is contacts.ContactAnswer.ANONYMOUS:
        hearing.tell("utter_no_contact")
    if draft.thread.get("redo") == CONTACT and taken is not contacts.ContactAnswer.PART:
        draft.thread.pop("redo")
        if taken is contacts.ContactAnswer.DONE:
            hearing.tell("utter_changed", CONTACT, draft.contact)
    hearing.gather(CONTACT)
    return True


def _no_contact_told(hearing: DraftUpdate) -> bool:
    """Handle an answer without a number: words cannot replace a number."""
    message = hearing.message
    digits_alone = has_digits(message.said) and not any(map(str.isalpha, message.said))
    if not digits_alone and message.intent in DIGRESSIONS | {"affirm", "change_language"}:
        return False
    shaped = hearing.gather_shaped(CONTACT)
    if not shaped and another_matter(hearing):
        return True  # a person named there is not a party of this matter
    hearing.gather_named(CONTACT)
    if shaped:
        return True
    if message.intent in MATTERS:
        return added(hearing)
    if not has_digits(message.said):
        return message.intent == "inform" and added(hearing)
    hearing.tell("utter_phone_unclear")
    return True


def _answered(hearing: DraftUpdate, key: str) -> bool:
    definition, draft = hearing.book.definition(key), hearing.draft
    value = read(definition, hearing.message) if definition is not None else None
    if value is not None and too_long(value):
        hearing.tell("utter_line_too_long")
        return True
    others = hearing.gather(key)
    if value is None:
        if not others and not has_digits(hearing.message.said):
            return False
        if not others:
            hearing.tell("utter_phone_unclear")
        return True
    if isinstance(value, str) and key != DEMAND:
        value = without(value, hearing.kept)
    draft.put(key, value)
    if draft.thread.get("redo") == key:
        draft.thread.pop("redo")
        hearing.tell("utter_changed", key, value)
    return True


def _happened_told(hearing: DraftUpdate) -> bool:
    if not hearing.says_something():
        return False
    hearing.message, *others = hearing.message.parts
    for other in others:
        hearing.later.append(other)
        hearing.tell("utter_kept_for_later", CATEGORY, categories.likeliest(other, hearing.book))
    draft, said = hearing.draft, hearing.message.said
    redo = draft.thread.get("redo") == HAPPENED
    first = str(draft.thread.get("first") or "")
    worth = not redo and phrases.substance(first) and first not in said
    text = f"{first}\n{said}" if worth else said
    if not hearing.short_enough(text):
        return True
    draft.put(HAPPENED, text)
    if redo:
        draft.thread.pop("redo")
        hearing.tell("utter_changed", HAPPENED, text)
    if draft.category is None:
        guess = categories.guess(hearing.message, hearing.book)
        draft.category = guess.code
        draft.thread["candidates"] = guess.candidates
    hearing.gather(HAPPENED)
    return True


def skipped(hearing: DraftUpdate, key: str) -> bool:
    """Skip a detail (容缺受理). Only what happened is required, at least one sentence."""
    draft = hearing.draft
    if draft.thread.get("redo") == key:
        draft.thread.pop("redo")
        hearing.tell("utter_left_as_it_was", key)
        return True
    if key != HAPPENED:
        draft.owe(key)
        hearing.tell("utter_owed", key)
        return True
    first = draft.thread.get("first")
    if first and draft.times_asked(HAPPENED) >= _THIN_ASKS:
        draft.put(HAPPENED, first)
    else:
        hearing.tell("utter_need_happened")
    return True
