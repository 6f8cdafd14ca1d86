"""The tables of leaders on duty: sessions, talks and their lines."""

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    text,
)

from api.store.tables import metadata
from kernel.columns import Json, UtcDateTime

live_session = Table(
    "live_session",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("leader", String(64), nullable=False),
    Column("leader_name", String(500), nullable=False),
    Column("leader_title", Json, nullable=False),
    Column("unit", String(64), nullable=False),
    Column("scope", Json, nullable=False),
    Column("opens_at", UtcDateTime, nullable=False),
    Column("closes_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Index(None, "closes_at"),
)

live_talk = Table(
    "live_talk",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("session", ForeignKey("live_session.id"), nullable=False),
    Column("contact_point", ForeignKey("contact_point.id"), nullable=False),
    Column("channel", String(64), nullable=False),
    Column("language", String(8), nullable=False),
    Column("ticket", Integer, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("state", String(16), nullable=False),
    Column("ending", String(16)),
    Column("told_place", Integer, nullable=False),
    Column("owner", String(64)),
    Column("owner_name", String(500)),
    Column("fence", Integer, nullable=False),
    Column("lines", Integer, nullable=False),
    Column("danger", String(64)),
    Column("case_number", String(24)),
    Column("joined_at", UtcDateTime),
    Column("due_since", UtcDateTime),
    Column("ended_at", UtcDateTime),
    UniqueConstraint("session", "ticket"),
)

Index(
    # One talk at a time: who asks twice has asked once.
    "live_talk_open",
    live_talk.c.contact_point,
    unique=True,
    sqlite_where=text("state <> 'ended'"),
    postgresql_where=text("state <> 'ended'"),
)
Index("live_talk_contact_point", live_talk.c.contact_point, live_talk.c.id)

live_line = Table(
    "live_line",
    metadata,
    Column("talk", ForeignKey("live_talk.id"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("speaker", String(16), nullable=False),
    Column("name", String(500)),
    # The sender's own id of it: what makes a repeat harmless.
    Column("key", String(200)),
    Column("text_sealed", LargeBinary),
    Column("attachments", Json, nullable=False),
    Column("danger", String(64)),
    UniqueConstraint("talk", "key"),
)
