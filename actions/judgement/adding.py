"""Read additions to the matter, and other matters that the citizen mentions."""

from actions.course import CATEGORY
from actions.judgement import categories
from actions.judgement.choosing import choose
from actions.judgement.hearing import DraftUpdate
from actions.message import REQUESTS, UnderstoodMessage

_PLAIN = 0.7
"""Least confidence of another matter's category, so that no detail of this matter is lost."""

_THIN = 10
"""An opening with fewer characters only names a matter and does not describe it."""


def added(hearing: DraftUpdate) -> bool:
    """Add the words to what happened."""
    if not hearing.says_something():
        return False
    draft, said = hearing.draft, hearing.message.said
    text = f"{draft.happened}\n{said}" if draft.happened else said
    if hearing.short_enough(text):
        _refine(hearing)
        draft.happened = text
        hearing.gather()
        hearing.tell("utter_added")
    return True


def _refine(hearing: DraftUpdate) -> None:
    """Find a more exact category when a description follows a short opening."""
    draft, said = hearing.draft, hearing.message.said
    guess = categories.guess(hearing.message, hearing.book)
    if guess.code is None or guess.code == draft.category:
        return
    closer = hearing.message.categories[0].confidence >= _PLAIN
    if closer and len(draft.happened or "") < _THIN < len(said):
        choose(hearing, guess.code)
        hearing.tell("utter_category_closer", CATEGORY, guess.code)


def another_matter(hearing: DraftUpdate) -> bool:
    """Store other matters for later, when the message is about nothing else."""
    guesses = [(part, _other(hearing, part)) for part in hearing.message.parts]
    if not all(code for _, code in guesses):
        return False
    for message, code in guesses:
        hearing.later.append(message)
        hearing.tell("utter_kept_for_later", CATEGORY, code)
    return True


def _other(hearing: DraftUpdate, message: UnderstoodMessage) -> str | None:
    """Return the category of `message` if it is certainly another matter than the current one."""
    current = hearing.draft.category
    if message.intent not in REQUESTS - {"consult"} or current is None:
        return None
    guess = categories.guess(message, hearing.book)
    if guess.code is None or not hearing.book.substantial(message.said, guess.code):
        return None
    # Matters of one first level overlap, such as the lift and the manager who won't repair it.
    if hearing.book.parent(guess.code) == hearing.book.parent(current):
        return None
    if message.categories[0].confidence < _PLAIN:
        return None
    return guess.code
