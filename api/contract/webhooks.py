"""Wire models of subscribers to events, and of their deliveries."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, HttpUrl

from api.contract.wire import Code, RequestModel, ResponseModel

EventFilter = Annotated[str, Field(pattern=r"^[a-z_]+\.(\*|[a-z_]+)$", max_length=48)]


class Subscribe(RequestModel):
    """Subscribe a city's own system to events; `types` like `case.*`, by default all.

    Such subscribers never receive messages between a citizen and a leader (`live.*`).
    """

    name: Code
    url: HttpUrl
    types: Annotated[tuple[EventFilter, ...], Field(max_length=20)] = ()


class SubscriberOut(ResponseModel):
    """A subscriber. `secret` is only in the answers to *subscribe* and *rotate*.

    After a rotation events are signed with both secrets until `old_secret_until`.
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
    """The delivery of one event to one subscriber."""

    event: str
    type: str
    order: str
    seq: int
    state: Literal["pending", "delivered", "dead"]
    attempts: int
    due_at: datetime
    error: str | None = None


class WebhookDeliveryPage(ResponseModel):
    """Pending or dead deliveries, oldest first."""

    items: tuple[WebhookDeliveryOut, ...]


class Redeliver(RequestModel):
    """Replay the named events, or all dead letters if none is named."""

    events: Annotated[tuple[Code, ...], Field(max_length=500)] = ()


class Redelivered(ResponseModel):
    """Number of replayed deliveries."""

    count: int
