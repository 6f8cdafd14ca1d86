"""The tables of staff, their sessions, and the audit of what they saw of a citizen."""

from datetime import timedelta

from sqlalchemy import Boolean, Column, ForeignKey, Index, LargeBinary, String, Table, false

from api.store.tables import ACTED, STAFF, metadata
from kernel.columns import UtcDateTime
from kernel.personal import Fate, Holds, Owner, Term, holds, plain

staff = Table(
    "staff",
    metadata,
    Column("id", String(64), primary_key=True),
    Column(
        "login",
        String(40),
        nullable=False,
        unique=True,
        info=holds(
            Holds.IDENTITY,
            STAFF,
            until="as long as the account",
            erased=Fate.KEPT,
            why="accounts are closed, not deleted",
        ),
    ),
    Column("password_hash", String(200), nullable=False),
    Column(
        "name",
        String(200),
        nullable=False,
        info=holds(
            Holds.IDENTITY,
            STAFF,
            until="as long as the account",
            erased=Fate.KEPT,
            why="accounts are closed, not deleted",
        ),
    ),
    Column("role", String(16), nullable=False),
    Column("unit", String(64)),
    Column(
        "title",
        String(200),
        info=holds(
            Holds.IDENTITY,
            STAFF,
            until="as long as the account",
            erased=Fate.KEPT,
            why="accounts are closed, not deleted",
        ),
    ),
    Column("active", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("demo", Boolean, nullable=False, server_default=false()),  # its password is published
    info=plain("id password_hash role unit active created_at demo"),
)

staff_session = Table(
    # The digest of what the cookie holds: a stolen copy of the table opens nothing.
    "staff_session",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("staff", ForeignKey("staff.id"), nullable=False, index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
    info=plain(
        "digest staff created_at expires_at revoked_at",
        until=Term(timedelta(days=1), "expires_at"),
    ),
)

sign_in_attempt = Table(
    # One row a failed attempt and way of counting it (name, address, both); dropped after its span.
    "sign_in_attempt",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("key", LargeBinary, nullable=False),  # blind: neither names nor addresses are kept
    Column("at", UtcDateTime, nullable=False, index=True),
    Index(None, "key", "at"),
    info=plain("id key at"),
)

sign_in_known = Table(
    # A browser, or an address, from which somebody signed in by a name; dropped when long unused.
    "sign_in_known",
    metadata,
    Column("key", LargeBinary, primary_key=True),  # blind: neither names nor addresses are kept
    Column("at", UtcDateTime, nullable=False, index=True),
    info=plain("key at", until=Term(timedelta(days=90), "at")),
)

audit = Table(
    # Appended, never edited nor deleted: a trigger of the migration refuses both.
    "audit",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor_id", String(64), nullable=False),
    Column("actor_role", String(16), nullable=False),
    Column(
        "actor_name",
        String(200),
        info=holds(
            Holds.IDENTITY,
            Owner("staff", "actor_id"),
            until="for ever, as the audit is append-only",
            erased=Fate.KEPT,
            why=ACTED,
        ),
    ),
    Column("action", String(48), nullable=False),
    Column("number", String(24)),
    Index(None, "number", "at"),
    info=plain("id at actor_id actor_role action number"),
)
