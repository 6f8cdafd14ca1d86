"""The privacy notice at first contact: what is kept, what for, and how to see or delete it.

`VERSION` names its wording and goes with every matter that is opened, as what the citizen was shown
and accepted. New wording is a new version. The web page shows it as a line of its own before
anything is said; callers of the REST channel show their own.
"""

from bot.message import Reply
from bot.texts import CitizenTexts

VERSION = "2026-11"

_SHOWN_BY_PAGE = frozenset({"web"})
_SHOWN_BY_CALLER = frozenset({"rest", "terminal"})


def version_on(channel: str) -> str | None:
    """Give the version that the citizens of a channel are shown, None where it shows none."""
    return None if channel in _SHOWN_BY_CALLER else VERSION


def notice_on(channel: str, texts: CitizenTexts, language: str | None) -> tuple[Reply, ...]:
    """Make what is said once, with the first answer of a conversation."""
    if channel in _SHOWN_BY_PAGE | _SHOWN_BY_CALLER:
        return ()
    return (Reply(texts.words("notice", language, version=VERSION)),)
