"""Send the privacy notice at first contact: what is stored, why, and how to see or delete it.

`VERSION` names its wording. It is stored with every opened matter as the text that the citizen was
shown and accepted. New wording needs a new version. The web page shows the notice as a line before
the first message; clients of the REST channel show their own.
"""

from bot.message import Reply
from bot.texts import CitizenTexts

VERSION = "2026-11"

_SHOWN_BY_PAGE = frozenset({"web"})
_SHOWN_BY_CALLER = frozenset({"rest", "terminal"})


def version_on(channel: str) -> str | None:
    """Return the version of the notice on a channel; None for a channel without a notice."""
    return None if channel in _SHOWN_BY_CALLER else VERSION


def notice_on(channel: str, texts: CitizenTexts, language: str | None) -> tuple[Reply, ...]:
    """Return the notice that is sent once, with the first answer of a conversation."""
    if channel in _SHOWN_BY_PAGE | _SHOWN_BY_CALLER:
        return ()
    return (Reply(texts.words("notice", language, version=VERSION)),)
