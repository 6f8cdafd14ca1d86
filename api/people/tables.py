"""Tables of citizens, staff and tokens, and the audit log of access to citizens' data."""

from datetime import timedelta

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Table,
    false,
)

from api.metadata import ACTED, POINT, STAFF, metadata
from kernel.database.columns import UtcDateTime
from kernel.privacy.personal import Fate, Holds, Owner, Term, holds, plain

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
    Column("demo", Boolean, nullable=False, server_default=false()),  # with a public password
    info=plain("id password_hash role unit active created_at demo"),
)

staff_session = Table(
    # The digest of the cookie's secret: a stolen copy of the table is useless.
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
    # One row per failed attempt and key (login, address, both); deleted after its span.
    "sign_in_attempt",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("key", LargeBinary, nullable=False),  # blind: neither names nor addresses are kept
    Column("at", UtcDateTime, nullable=False, index=True),
    Index(None, "key", "at"),
    info=plain("id key at"),
)

sign_in_known = Table(
    # A browser or address of earlier sign-ins of a login; deleted when long unused.
    "sign_in_known",
    metadata,
    Column("key", LargeBinary, primary_key=True),  # blind: neither names nor addresses are kept
    Column("at", UtcDateTime, nullable=False, index=True),
    info=plain("key at", until=Term(timedelta(days=90), "at")),
)

audit = Table(
    # Append-only: a trigger of the migration refuses updates and deletes.
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


citizen = Table(
    "citizen",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("created_at", UtcDateTime, nullable=False),
    info=plain("id created_at"),
)


contact_point = Table(
    "contact_point",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("citizen", ForeignKey("citizen.id"), nullable=False, index=True),
    Column("channel", String(64), nullable=False),
    Column("language", String(8), nullable=False),
    Column("registered_at", UtcDateTime, nullable=False),
    # Pseudonymous: the citizen's side has the address itself, encrypted.
    info=plain("id citizen channel language registered_at"),
)


service_token = Table(
    "service_token",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("role", String(16), nullable=False),
    Column("unit", String(64)),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
    info=plain("id name role unit digest created_at revoked_at"),
)


_CODES = timedelta(hours=2)
"""How long expired codes, and records of wrong ones, are kept."""


consent = Table(
    "consent",
    metadata,
    Column("citizen", ForeignKey("citizen.id"), primary_key=True),
    Column("notice", String(64), primary_key=True),
    Column("channel", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    # Stays with the id of an unreachable citizen, as proof of the consent.
    info=plain("citizen notice channel at"),
)


join_code = Table(
    # Only a blind index of the code: a reader of the table cannot use it.
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
    # Erasure keeps them while they count; otherwise an erasure would allow new tries.
    info=plain("id contact_point subject at", until=Term(_CODES, "at")),
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
