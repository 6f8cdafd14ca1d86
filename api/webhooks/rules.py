"""Which events a subscriber is told of."""

from api.domain.cases.events import News
from api.errors import Conflict, Invalid, NotFound

PRIVATE = "live."
"""Events of this prefix carry what a citizen and a leader said: to our own side alone."""


def concerns(news: News, types: tuple[str, ...], *, trusted: bool) -> bool:
    """Tell whether an event is for a subscriber with this filter.

    `trusted` is our own citizen's side: it alone hears of live talks and of copies, and it is
    spared what the citizen knows. A filter names types (`case.closed`) or all of a sort
    (`case.*`); empty, it lets everything in.
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
    """Nothing may be sent to that address: not http(s), or not a public one (`reason`)."""

    code = "url_refused"
