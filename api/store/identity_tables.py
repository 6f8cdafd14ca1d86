"""The tables of who somebody is: consents, codes that join, and tickets."""

from datetime import timedelta

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, String, Table

from api.store.tables import CASE, POINT, metadata
from kernel.columns import UtcDateTime
from kernel.personal import Term, plain

_CODES = timedelta(hours=2)
"""Codes that nobody can use, and notes of wrong ones that count no more."""

consent = Table(
    "consent",
    metadata,
    Column("citizen", ForeignKey("citizen.id"), primary_key=True),
    Column("notice", String(64), primary_key=True),
    Column("channel", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    # Stays with the number of a citizen whom nobody speaks for: it proves that there was a consent.
    info=plain("citizen notice channel at"),
)

join_code = Table(
    # Only a blind index of the code: who reads the table can join nothing.
    "join_code",
    metadata,
    Column("code_index", LargeBinary, primary_key=True),
    Column("contact_point", ForeignKey("contact_point.id"), nullable=False, index=True),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
    info=plain(
        "code_index contact_point expires_at used_at",
        of=(POINT,),
        until=Term(_CODES, "expires_at"),
    ),
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
    # Erasing leaves them while they count, or being forgotten would give new tries.
    info=plain("id contact_point subject at", until=Term(_CODES, "at")),
)

follower = Table(
    "follower",
    metadata,
    Column("number", ForeignKey("cases.number"), primary_key=True),
    Column("contact_point", ForeignKey("contact_point.id"), primary_key=True, index=True),
    Column("at", UtcDateTime, nullable=False),
    info=plain("number contact_point at", of=(CASE, POINT)),
)

export_ticket = Table(
    "export_ticket",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("contact_point", ForeignKey("contact_point.id"), nullable=False, index=True),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
    Column("used_by", String(64)),
    info=plain(
        "digest contact_point expires_at used_at used_by",
        of=(POINT,),
        until=Term(_CODES, "expires_at"),
    ),
)
