"""The tables of who somebody is: consents, codes that join, tickets, and what is to be erased."""

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, String, Table

from api.store.tables import metadata
from kernel.columns import UtcDateTime

consent = Table(
    "consent",
    metadata,
    Column("citizen", ForeignKey("citizen.id"), primary_key=True),
    Column("notice", String(64), primary_key=True),
    Column("channel", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

join_code = Table(
    # Only a blind index of the code: who reads the table can join nothing.
    "join_code",
    metadata,
    Column("code_index", LargeBinary, primary_key=True),
    Column("contact_point", ForeignKey("contact_point.id"), nullable=False, index=True),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
)

wrong_code = Table(
    "wrong_code",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("contact_point", String(64), nullable=False),
    Column("subject", String(64), nullable=False),  # `join`, or the number of a case
    Column("at", UtcDateTime, nullable=False),
    Index(None, "contact_point", "at"),
    Index(None, "subject", "at"),
)

follower = Table(
    "follower",
    metadata,
    Column("number", ForeignKey("cases.number"), primary_key=True),
    Column("contact_point", ForeignKey("contact_point.id"), primary_key=True, index=True),
    Column("at", UtcDateTime, nullable=False),
)

export_ticket = Table(
    "export_ticket",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("contact_point", ForeignKey("contact_point.id"), nullable=False, index=True),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
)

erasure_due = Table(
    # Open cases whose citizen wants to be forgotten: erased when they end.
    "erasure_due",
    metadata,
    Column("number", ForeignKey("cases.number"), primary_key=True),
    Column("asked_at", UtcDateTime, nullable=False),
)
