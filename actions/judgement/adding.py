"""Read additions to the matter, and other matters that the citizen mentions."""

from actions.course import CATEGORY
from actions.judgement import categories
from actions.judgement.choosing import choose
from actions.judgement.draft_update import DraftUpdate
from actions.message import REQUESTS, UnderstoodMessage

_PLAIN = 0.7
"""Least confidence of another matter's category, so that no detail of this matter is lost."""

_THIN = 10
"""An opening with fewer characters only names a matter and does not describe it."""


def added(update: DraftUpdate) -> bool:
    """Add the words to what happened."""
    if not update.says_something():
        return False
    draft, said = update.draft, update.message.said
    text = f"{draft.happened}\n{said}" if draft.happened else said
    if update.short_enough(text):
        _refine(update)
        draft.happened = text
        update.gather()
        update.tell("utter_added")
    return True


def _refine(update: DraftUpdate) -> None:
    """Find a more exact category when a description follows a short opening."""
    draft, said = update.draft, update.message.said
    guess = categories.guess(update.message, update.catalogue)
    if guess.code is None or guess.code == draft.category:
        return
    closer = update.message.categories[0].confidence >= _PLAIN
    if closer and len(draft.happened or "") < _THIN < len(said):
        choose(update, guess.code)
        update.tell("utter_category_closer", CATEGORY, guess.code)


def another_matter(update: DraftUpdate) -> bool:
    """Store other matters for later, when the message is about nothing else."""
    guesses = [(part, _other(update, part)) for part in update.message.parts]
    if not all(code for _, code in guesses):
        return False
    for message, code in guesses:
        update.later.append(message)
        update.tell("utter_kept_for_later", CATEGORY, code)
    return True


def _other(update: DraftUpdate, message: UnderstoodMessage) -> str | None:
    """Return the category of `message` if it is certainly another matter than the current one."""
    current = update.draft.category
    if message.intent not in REQUESTS - {"consult"} or current is None:
        return None
    guess = categories.guess(message, update.catalogue)
    if guess.code is None or not update.catalogue.substantial(message.said, guess.code):
        return None
    # Matters of one first level overlap, such as the lift and the manager who won't repair it.
    if update.catalogue.parent(guess.code) == update.catalogue.parent(current):
        return None
    if message.categories[0].confidence < _PLAIN:
        return None
    return guess.code
