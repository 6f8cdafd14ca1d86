"""Tables of subscribers to events and their deliveries."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from api.metadata import metadata
from kernel.database.columns import Json, UtcDateTime, partial_index
from kernel.privacy.personal import Term, plain

webhook_subscriber = Table(
    # `trusted`: one of our own processes; it may have a private address and gets events of live
    # talks.
    "webhook_subscriber",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("url", String(2048), nullable=False),
    Column("types", Json, nullable=False),
    Column("trusted", Boolean, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("secret_sealed", LargeBinary, nullable=False),
    Column("old_secret_sealed", LargeBinary),
    Column("old_secret_until", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    info=plain(
        "id name url types trusted active secret_sealed old_secret_sealed old_secret_until"
        " created_at"
    ),
)

webhook_delivery = Table(
    "webhook_delivery",
    metadata,
    Column("subscriber", ForeignKey("webhook_subscriber.id"), primary_key=True),
    Column("event", ForeignKey("event.id"), primary_key=True),
    Column("order_key", String(64), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("owner", String(64)),
    Column("fence", Integer, nullable=False, server_default="0"),
    Column("done_at", UtcDateTime),
    Column("dead_at", UtcDateTime),
    Column("error", String(500)),
    info=plain(
        "subscriber event order_key seq state attempts created_at due_at owner fence done_at"
        " dead_at error",
        until=Term("keep_bodies_days", "done_at", unless="state = 'pending'"),
    ),
)

partial_index(
    # Index of pending deliveries, which stays small: the first of each order.
    "webhook_delivery_pending",
    webhook_delivery.c.subscriber,
    webhook_delivery.c.order_key,
    webhook_delivery.c.seq,
    where="state = 'pending'",
)
partial_index(
    "webhook_delivery_due",
    webhook_delivery.c.subscriber,
    webhook_delivery.c.due_at,
    where="state = 'pending'",
)
Index("webhook_delivery_event", webhook_delivery.c.event)
partial_index(
    "webhook_delivery_dead",
    webhook_delivery.c.dead_at,
    where="dead_at IS NOT NULL",
)
