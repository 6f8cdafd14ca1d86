"""More about the matter than was asked, and other matters that come up meanwhile."""

from actions import categories
from actions.course import CATEGORY
from actions.hearing import Hearing
from actions.message import REQUESTS


def added(hearing: Hearing) -> bool:
    """Take the words as more about what happened."""
    if not hearing.says_something():
        return False
    draft, said = hearing.draft, hearing.message.said
    text = f"{draft.happened}\n{said}" if draft.happened else said
    if hearing.short_enough(text):
        draft.happened = text
        hearing.gather()
        hearing.tell("utter_added")
    return True


def another_matter(hearing: Hearing) -> bool:
    """Keep another matter for later, when the message is plainly about one."""
    message, current = hearing.message, hearing.draft.category
    if message.intent not in REQUESTS - {"consult"} or current is None:
        return False
    guess = categories.guess(message, hearing.book)
    if guess.code in (None, current) or not hearing.book.substantial(message.said, guess.code):
        return False
    hearing.later.append({"kind": message.intent, **categories.remembered(message)})
    hearing.tell("utter_kept_for_later", CATEGORY, guess.code)
    return True
