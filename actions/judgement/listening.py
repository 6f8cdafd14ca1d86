"""Handle a message of the form: as an answer, a correction, an addition or a skipped detail.

One message may answer several questions, correct an earlier answer and name another matter, so it
is read once and as a whole. Other messages are left to the rules, which answer them; the form then
asks again in other words.
"""

from actions.catalogue import CONTACT
from actions.course import CATEGORY, CHANGE, CONFIRM, LEAVE, FormQuestion, open_question
from actions.draft import Draft
from actions.judgement.adding import added, another_matter
from actions.judgement.answering import contact_told, detail_told, skipped
from actions.judgement.choosing import category_chosen, category_told, kind_chosen
from actions.judgement.correcting import changed, corrected, rejects
from actions.judgement.draft_update import DIGRESSIONS, DraftUpdate
from actions.message import FALLBACK

_DROPPED = 0.6
"""Least confidence of the wish to drop a matter: a demand may sound like it."""

_ENOUGH = 2
"""How often a question is put; what stays unanswered then is owed."""

_DIALOGUE = frozenset({CATEGORY, CHANGE, CONFIRM, LEAVE})
_NO_ANSWER = frozenset({"affirm", "inform", FALLBACK})
"""Intents that no rule answers, so that only the question would come again."""


def take(update: DraftUpdate) -> bool:
    """Read the message; false when the rules must answer it, and the draft is then not used."""
    draft = update.draft
    question = open_question(draft, update.catalogue)
    if question is None:
        return False
    known = _known(draft)
    taken = _taken(update, question)
    said = bool(update.message.said)  # a button of long ago is no try at an answer
    enough = said and draft.times_asked(question.key) >= _ENOUGH and question.slot not in _DIALOGUE
    unanswered = open_question(draft, update.catalogue) == question and _known(draft) == known
    if enough and unanswered and (taken or update.message.intent in _NO_ANSWER):
        taken = skipped(update, question.key)
    if taken:
        draft.thread["heard"] = update.message.id
    return taken


def _known(draft: Draft) -> list[object]:
    """Return what is known of the matter but for its story, which any words are added to.

    A message that changes it, such as a correction, is no failed try at an answer.
    """
    parts = (draft.thread.get(part) for part in ("mode", "phone", "name"))
    return [draft.place, draft.time, draft.demand, draft.details, *parts]


def _taken(update: DraftUpdate, question: FormQuestion) -> bool:
    message = update.message
    if message.intent == "choose_category":
        return category_chosen(update)
    if message.intent == "choose_kind":
        return kind_chosen(update, message.word("kind"))
    if question.slot == LEAVE:
        return _leaving(update)
    if message.intent == "withdraw" and message.confidence >= _DROPPED:
        update.draft.thread["leaving"] = True
        return True
    if message.intent == "correct" or rejects(update):
        return corrected(update, question.key)
    return _answered(update, question)


def _answered(update: DraftUpdate, question: FormQuestion) -> bool:
    if question.slot == CONFIRM:
        return _at_summary(update)
    if question.slot == CHANGE:
        return _at_change(update)
    if question.slot == CATEGORY:
        return category_told(update)
    if question.key == CONTACT:
        return contact_told(update)
    return detail_told(update, question.key)


def _leaving(update: DraftUpdate) -> bool:
    draft, intent = update.draft, update.message.intent
    if intent in ("affirm", "withdraw"):
        draft.confirm = False
        return True
    draft.thread["leaving"] = False
    if intent == "deny":
        update.tell("utter_going_on")
        return True
    # An answer to the previous question means that the citizen wants to go on.
    before = open_question(draft, update.catalogue)
    return before is not None and _taken(update, before)


def _at_summary(update: DraftUpdate) -> bool:
    draft, intent = update.draft, update.message.intent
    if intent == "affirm":
        draft.confirm = True
        return True
    if intent == "deny":
        draft.thread["changing"] = True
        return True
    if intent in ("skip", "refuse", "change_language"):
        return False
    if intent in DIGRESSIONS and not update.shaped():
        return False
    return another_matter(update) or changed(update, CONFIRM) or added(update)


def _at_change(update: DraftUpdate) -> bool:
    intent = update.message.intent
    if intent in ("deny", "affirm"):
        update.draft.thread["changing"] = False
        return True
    if intent in DIGRESSIONS or intent == "change_language":
        return False
    return corrected(update, CHANGE)
