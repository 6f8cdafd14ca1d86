"""Set the category and kind of a matter: by a button, by words, or leave them open."""

from actions.course import CATEGORY
from actions.judgement import categories
from actions.judgement.draft_update import DraftUpdate
from actions.message import REQUESTS


def category_chosen(update: DraftUpdate) -> bool:
    """Handle the button of an offered category."""
    code = update.message.word("code")
    if code == categories.NONE_FITS:
        return none_fits(update)
    if update.catalogue.category(code) is None:
        return False
    changed = update.draft.category not in (None, code)
    choose(update, code)
    if changed:
        update.tell("utter_changed", CATEGORY, code)
    return True


def category_told(update: DraftUpdate) -> bool:
    """Handle other words for the matter, when the category was asked."""
    if update.message.intent in ("skip", "refuse", "deny"):
        return none_fits(update)
    if update.digresses("text") or not update.says_something():
        return False
    draft = update.draft
    said = f"{draft.happened}\n{update.message.said}" if draft.happened else update.message.said
    if not update.short_enough(said):
        return True
    draft.happened = said
    guess = categories.guess(update.message, update.catalogue)
    if guess.code is not None:
        choose(update, guess.code)
    elif draft.times_asked(CATEGORY) >= categories.ROUNDS:
        _leave_open(update)
    else:
        draft.thread["candidates"] = guess.candidates
    update.gather()
    return True


def category_corrected(update: DraftUpdate) -> bool:
    """Handle "the category is wrong", with or without words for the right one."""
    guess = categories.guess(update.message, update.catalogue)
    if guess.code is None or guess.code == update.draft.category:
        update.draft.thread["candidates"] = guess.candidates
        offer_others(update)
        return True
    choose(update, guess.code)
    update.tell("utter_changed", CATEGORY, guess.code)
    return True


def none_fits(update: DraftUpdate) -> bool:
    """Offer the next guesses, or leave the category to staff."""
    thread = update.draft.thread
    left = thread.get("candidates", [])[categories.OFFERED :]
    if left and update.draft.times_asked(CATEGORY) < categories.ROUNDS:
        thread["candidates"] = left
    else:
        _leave_open(update)
    return True


def offer_others(update: DraftUpdate) -> None:
    """Ask for the category again, without the wrong one."""
    draft = update.draft
    offered = draft.thread.get("candidates", [])
    draft.thread["candidates"] = [code for code in offered if code != draft.category]
    draft.thread["redo"] = CATEGORY


def choose(update: DraftUpdate, code: str | None) -> None:
    """Set the category `code`; details that it does not ask for are no longer owed."""
    draft = update.draft
    draft.category = code
    draft.thread.pop("redo", None)
    draft.thread.pop("unsure", None)
    draft.thread["changing"] = False
    known = set(update.keys)
    draft.owed = [key for key in draft.owed if key in known]


def kind_chosen(update: DraftUpdate, kind: str | None) -> bool:
    """Set another kind of request."""
    if kind not in REQUESTS:
        return False
    if kind != update.draft.kind:
        update.draft.kind = kind
        update.tell("utter_changed", "kind", kind)
    update.draft.thread["changing"] = False
    return True


def _leave_open(update: DraftUpdate) -> None:
    offered = update.draft.thread.get("candidates", [])
    choose(update, update.catalogue.other or next(iter(offered), update.draft.category))
    update.draft.thread["unsure"] = True
    update.tell("utter_category_left_open")
