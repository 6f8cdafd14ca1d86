"""Set the category and kind of a matter: by a button, by words, or leave them open."""

from actions.course import CATEGORY
from actions.judgement import categories
from actions.judgement.hearing import DraftUpdate
from actions.message import REQUESTS


def category_chosen(hearing: DraftUpdate) -> bool:
    """Handle the button of an offered category."""
    code = hearing.message.word("code")
    if code == categories.NONE_FITS:
        return none_fits(hearing)
    if hearing.book.category(code) is None:
        return False
    changed = hearing.draft.category not in (None, code)
    choose(hearing, code)
    if changed:
        hearing.tell("utter_changed", CATEGORY, code)
    return True


def category_told(hearing: DraftUpdate) -> bool:
    """Handle other words for the matter, when the category was asked."""
    if hearing.message.intent in ("skip", "refuse", "deny"):
        return none_fits(hearing)
    if hearing.digresses("text") or not hearing.says_something():
        return False
    draft = hearing.draft
    said = f"{draft.happened}\n{hearing.message.said}" if draft.happened else hearing.message.said
    if not hearing.short_enough(said):
        return True
    draft.happened = said
    guess = categories.guess(hearing.message, hearing.book)
    if guess.code is not None:
        choose(hearing, guess.code)
    elif draft.times_asked(CATEGORY) >= categories.ROUNDS:
        _leave_open(hearing)
    else:
        draft.thread["candidates"] = guess.candidates
    hearing.gather()
    return True


def category_corrected(hearing: DraftUpdate) -> bool:
    """Handle "the category is wrong", with or without words for the right one."""
    guess = categories.guess(hearing.message, hearing.book)
    if guess.code is None or guess.code == hearing.draft.category:
        hearing.draft.thread["candidates"] = guess.candidates
        offer_others(hearing)
        return True
    choose(hearing, guess.code)
    hearing.tell("utter_changed", CATEGORY, guess.code)
    return True


def none_fits(hearing: DraftUpdate) -> bool:
    """Offer the next guesses, or leave the category to staff."""
    thread = hearing.draft.thread
    left = thread.get("candidates", [])[categories.OFFERED :]
    if left and hearing.draft.times_asked(CATEGORY) < categories.ROUNDS:
        thread["candidates"] = left
    else:
        _leave_open(hearing)
    return True


def offer_others(hearing: DraftUpdate) -> None:
    """Ask for the category again, without the wrong one."""
    draft = hearing.draft
    offered = draft.thread.get("candidates", [])
    draft.thread["candidates"] = [code for code in offered if code != draft.category]
    draft.thread["redo"] = CATEGORY


def choose(hearing: DraftUpdate, code: str | None) -> None:
    """Set the category `code`; details that it does not ask for are no longer owed."""
    draft = hearing.draft
    draft.category = code
    draft.thread.pop("redo", None)
    draft.thread.pop("unsure", None)
    draft.thread["changing"] = False
    known = set(hearing.keys)
    draft.owed = [key for key in draft.owed if key in known]


def kind_chosen(hearing: DraftUpdate, kind: str | None) -> bool:
    """Set another kind of request."""
    if kind not in REQUESTS:
        return False
    if kind != hearing.draft.kind:
        hearing.draft.kind = kind
        hearing.tell("utter_changed", "kind", kind)
    hearing.draft.thread["changing"] = False
    return True


def _leave_open(hearing: DraftUpdate) -> None:
    offered = hearing.draft.thread.get("candidates", [])
    choose(hearing, hearing.book.other or next(iter(offered), hearing.draft.category))
    hearing.draft.thread["unsure"] = True
    hearing.tell("utter_category_left_open")
