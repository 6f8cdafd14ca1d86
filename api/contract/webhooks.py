"""Subscribers to events as they go over the wire, and how deliveries to them stand."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, HttpUrl

from api.contract.wire import Code, RequestModel, ResponseModel

EventFilter = Annotated[str, Field(pattern=r"^[a-z_]+\.(\*|[a-z_]+)$", max_length=48)]


class Subscribe(RequestModel):
    """A city's own system that wants to be told; `types` like `case.*`, all when empty.

    What is said between a citizen and a leader (`live.*`) goes to no subscriber of this kind.
    """

    name: Code
    url: HttpUrl
    types: Annotated[tuple[EventFilter, ...], Field(max_length=20)] = ()


class SubscriberOut(ResponseModel):
    """A subscriber. `secret` is in the answer to *subscribe* and *rotate* and nowhere else.

    After a rotation both secrets sign until `old_secret_until`.
    """

    id: str
    name: str
    url: str
    types: tuple[str, ...]
    active: bool
    created_at: datetime
    old_secret_until: datetime | None = None
    pending: int = 0
    dead: int = 0
    secret: str | None = None


class SubscriberPage(ResponseModel):
    """All subscribers by name."""

    items: tuple[SubscriberOut, ...]


class WebhookDeliveryOut(ResponseModel):
    """One event on its way to one subscriber."""

    event: str
    type: str
    order: str
    seq: int
    state: Literal["pending", "delivered", "dead"]
    attempts: int
    due_at: datetime
    error: str | None = None


class WebhookDeliveryPage(ResponseModel):
    """Deliveries that are not over, or dead; oldest first."""

    items: tuple[WebhookDeliveryOut, ...]


class Redeliver(RequestModel):
    """Send again: the named events, or everything that is dead when none is named."""

    events: Annotated[tuple[Code, ...], Field(max_length=500)] = ()


class Redelivered(ResponseModel):
    """How many deliveries were put back in line."""

    count: int
