"""A reply to the summary: every yes files, every no, doubt or wish to wait is obeyed."""

import re

from actions.course import LEAVE
from actions.draft import Draft
from actions.meaning.forms import has_form
from actions.meaning.state import DialogueState
from actions.message import UnderstoodMessage
from actions.phrases import phrases

_CLAUSE = re.compile(r"[\s,，。.!！;；、~～]+")
_SHORT = 24
"""Characters of a reply that may be no more than a yes or a no."""

_REMARK = 40
"""Characters of a reply that begins with a yes and goes on with a remark."""

_PLAIN = frozenset({"change_language", "privacy", "consult"})
_CHANGES = frozenset({"correct", "add_details", *_PLAIN})


def closing(message: UnderstoodMessage, state: DialogueState) -> tuple[str, str]:
    """Give the intent of a reply to "is this right?" or "shall it be dropped?", and why."""
    intent, said = message.intent, message.said
    drops = has_form("drops", said) and len(said) <= _SHORT
    if state.question is not None and state.question.slot == LEAVE:
        return ("withdraw", "drops it") if drops else (intent, "as it is")
    if intent in _PLAIN or (intent == "talk_to_person" and has_form("directed", said)):
        return intent, "meant beside the summary"
    mode = phrases.mode(said)
    if mode is not None and mode != (state.draft.contact or {}).get("mode"):
        return "correct", "how to be known"
    clauses = [clause for clause in _CLAUSE.split(said) if clause]
    if not clauses or len(said) > _REMARK:
        return intent, "as it is"
    if has_form("unchanged", said) or _repeats(clauses, state.draft):
        return "affirm", "a yes, or what is known"
    if has_form("assent", clauses[-1]) and intent != "correct":
        return "affirm", "ends with a yes"
    if drops:
        return "withdraw", "drops it"
    if len(said) <= _SHORT and has_form("doubts", said):
        return ("correct" if intent == "correct" else "deny"), "no, not yet or a doubt"
    if intent in _CHANGES:
        return intent, "as it is"
    if has_form("assent", clauses[0]):
        return "affirm", "begins with a yes"
    if len(said) <= _SHORT and has_form("agrees", said) and not has_form("directed", said):
        return "affirm", "a yes"
    return intent, "as it is"


def _repeats(clauses: list[str], draft: Draft) -> bool:
    """Whether all that is said stands in the draft, or is its kind."""
    values = [draft.happened, draft.demand, *draft.details.values()]
    places = [str((detail or {}).get("text", "")) for detail in (draft.place, draft.time)]
    known = "\n".join([*(value for value in values if value), *places])
    kinds = phrases.kinds.get(draft.kind or "", ())
    return all(clause in kinds or (len(clause) > 1 and clause in known) for clause in clauses)
