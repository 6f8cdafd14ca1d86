"""Select the events for a subscriber."""

from api.domain.cases.events import NewEvent
from api.errors import Conflict, Invalid, NotFound

PRIVATE = "live."
"""Prefix of events with messages of a citizen and a leader: only for our own side."""


def concerns(news: NewEvent, types: tuple[str, ...], *, trusted: bool) -> bool:
    """Return whether a subscriber with this filter gets an event.

    `trusted` is our own citizen's side: only it gets events of live talks and copies, and it does
    not get events that the citizen knows already. A filter names types (`case.closed`) or groups
    (`case.*`); an empty one matches all.
    """
    if news.known if trusted else news.copied or news.type.startswith(PRIVATE):
        return False
    return not types or any(
        type_ == news.type or (type_.endswith(".*") and news.type.startswith(type_[:-1]))
        for type_ in types
    )


class SubscriberNotFound(NotFound):
    """No such subscriber to events."""

    code = "subscriber_not_found"


class SubscriberNameTaken(Conflict):
    """Another subscriber has that name."""

    code = "subscriber_name_taken"


class UrlRefused(Invalid):
    """The address is not allowed: not http(s), or not public (`reason`)."""

    code = "url_refused"
