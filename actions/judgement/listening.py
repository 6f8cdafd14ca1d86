"""Handle a message of the form: as an answer, a correction, an addition or a skipped detail.

One message may answer several questions, correct an earlier answer and name another matter, so it
is read once and as a whole. Other messages are left to the rules, which answer them; the form then
asks again in other words.
"""

from actions.book import CONTACT
from actions.course import CATEGORY, CHANGE, CONFIRM, LEAVE, FormQuestion, open_question
from actions.draft import Draft
from actions.judgement.adding import added, another_matter
from actions.judgement.answering import contact_told, detail_told, skipped
from actions.judgement.choosing import category_chosen, category_told, kind_chosen
from actions.judgement.correcting import changed, corrected, rejects
from actions.judgement.hearing import DIGRESSIONS, DraftUpdate
from actions.message import FALLBACK

_DROPPED = 0.6
"""Least confidence of the wish to drop a matter: a demand may sound like it."""

_ENOUGH = 2
"""How often a question is put; what stays unanswered then is owed."""

_DIALOGUE = frozenset({CATEGORY, CHANGE, CONFIRM, LEAVE})
_NO_ANSWER = frozenset({"affirm", "inform", FALLBACK})
"""Intents that no rule answers, so that only the question would come again."""


def take(hearing: DraftUpdate) -> bool:
    """Read the message; false when the rules must answer it, and the draft is then not used."""
    draft = hearing.draft
    question = open_question(draft, hearing.book)
    if question is None:
        return False
    known = _known(draft)
    taken = _taken(hearing, question)
    said = bool(hearing.message.said)  # a button of long ago is no try at an answer
    enough = said and draft.times_asked(question.key) >= _ENOUGH and question.slot not in _DIALOGUE
    unanswered = open_question(draft, hearing.book) == question and _known(draft) == known
    if enough and unanswered and (taken or hearing.message.intent in _NO_ANSWER):
        taken = skipped(hearing, question.key)
    if taken:
        draft.thread["heard"] = hearing.message.id
    return taken


def _known(draft: Draft) -> list[object]:
    """Return what is known of the matter but for its story, which any words are added to.

    A message that changes it, such as a correction, is no failed try at an answer.
    """
    parts = (draft.thread.get(part) for part in ("mode", "phone", "name"))
    return [draft.place, draft.time, draft.demand, draft.details, *parts]


def _taken(hearing: DraftUpdate, question: FormQuestion) -> bool:
    message = hearing.message
    if message.intent == "choose_category":
        return category_chosen(hearing)
    if message.intent == "choose_kind":
        return kind_chosen(hearing, message.word("kind"))
    if question.slot == LEAVE:
        return _leaving(hearing)
    if message.intent == "withdraw" and message.confidence >= _DROPPED:
        hearing.draft.thread["leaving"] = True
        return True
    if message.intent == "correct" or rejects(hearing):
        return corrected(hearing, question.key)
    return _answered(hearing, question)


def _answered(hearing: DraftUpdate, question: FormQuestion) -> bool:
    if question.slot == CONFIRM:
        return _at_summary(hearing)
    if question.slot == CHANGE:
        return _at_change(hearing)
    if question.slot == CATEGORY:
        return category_told(hearing)
    if question.key == CONTACT:
        return contact_told(hearing)
    return detail_told(hearing, question.key)


def _leaving(hearing: DraftUpdate) -> bool:
    draft, intent = hearing.draft, hearing.message.intent
    if intent in ("affirm", "withdraw"):
        draft.confirm = False
        return True
    draft.thread["leaving"] = False
    if intent == "deny":
        hearing.tell("utter_going_on")
        return True
    # An answer to the previous question means that the citizen wants to go on.
    before = open_question(draft, hearing.book)
    return before is not None and _taken(hearing, before)


def _at_summary(hearing: DraftUpdate) -> bool:
    draft, intent = hearing.draft, hearing.message.intent
    if intent == "affirm":
        draft.confirm = True
        return True
    if intent == "deny":
        draft.thread["changing"] = True
        return True
    if intent in ("skip", "refuse", "change_language"):
        return False
    if intent in DIGRESSIONS and not hearing.shaped():
        return False
    return another_matter(hearing) or changed(hearing, CONFIRM) or added(hearing)


def _at_change(hearing: DraftUpdate) -> bool:
    intent = hearing.message.intent
    if intent in ("deny", "affirm"):
        hearing.draft.thread["changing"] = False
        return True
    if intent in DIGRESSIONS or intent == "change_language":
        return False
    return corrected(hearing, CHANGE)
