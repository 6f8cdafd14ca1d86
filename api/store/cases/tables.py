"""Tables of cases.

Territory is stored as plain codes, for routing and figures; the address itself is encrypted.
"""

from datetime import timedelta

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    text,
)

from api.domain.lifecycle import ENDS
from api.metadata import ACTED, CASE, POINT, WITH_CASE, metadata
from kernel.database.columns import Json, UtcDateTime, partial_index
from kernel.privacy.personal import Copied, Fate, Holds, Owner, Term, holds, plain

_NUMBER = String(24).with_variant(String(24, collation="C"), "postgresql")
"""Collated by characters on PostgreSQL, independent of the database's locale: the beginning of a
number is then a range of the index."""


cases = Table(
    "cases",
    metadata,
    Column("number", _NUMBER, primary_key=True),
    Column("state", String(24), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("category", String(16), nullable=False),
    Column("urgency", String(16), nullable=False),
    Column("unit", String(64)),
    Column("citizen", ForeignKey("citizen.id"), nullable=False),
    Column("contact_point", ForeignKey("contact_point.id"), nullable=False),
    Column("channel", String(64), nullable=False),
    Column("language", String(8), nullable=False),
    Column("district", String(64)),
    Column("street", String(64)),
    Column("community", String(64)),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime),
    Column("clerk_by", UtcDateTime),
    Column("owed", Json, nullable=False),
    Column("urged", Integer, nullable=False),
    Column("urged_at", UtcDateTime),
    Column("because", Json, nullable=False),
    Column("exclusion", String(64)),
    Column("contact_mode", String(16), nullable=False),
    Column(
        "contact_sealed",
        LargeBinary,
        info=holds(
            Holds.CONTACT,
            CASE,
            until=WITH_CASE,
            copied=Copied.VIEW,
            sealed="case.contact:{number}",
        ),
    ),
    Column(
        "matter_sealed",
        LargeBinary,
        nullable=False,
        info=holds(
            Holds.WORDS,
            CASE,
            until=WITH_CASE,
            erased=Fate.CODE,
            copied=Copied.VIEW,
            sealed="case.matter:{number}",
            why="`api.privacy.store`: an empty matter is sealed in its place",
        ),
    ),
    Column(
        "title_sealed",
        LargeBinary,
        info=holds(
            Holds.WORDS,
            CASE,
            until=WITH_CASE,
            copied=Copied.VIEW,
            sealed="case.title:{number}",
        ),
    ),
    Column(
        "access_index",
        LargeBinary,
        nullable=False,
        info=holds(
            Holds.IDENTITY,
            CASE,
            until=WITH_CASE,
            erased=Fate.CODE,
            why="`api.privacy.store`: an index that no code has is put in its place",
        ),
    ),
    Column("version", Integer, nullable=False),
    Column("confidential", Boolean, nullable=False),
    Column("pressed", Integer, nullable=False),
    Column("supervised", Boolean, nullable=False),
    Column("reported", Boolean, nullable=False),
    Column("hard", Boolean, nullable=False),
    Column("instructed", Boolean, nullable=False),
    Column("dispatched_at", UtcDateTime),
    Column("held_by", Json, nullable=False),
    Column("returns", Integer, nullable=False),
    Column("ruled", Boolean, nullable=False),
    Column("rehandled", Integer, nullable=False),
    Column("helpers", Json, nullable=False),
    Column("members", Json, nullable=False),
    Column("back_to", String(24)),
    Column("asked_until", UtcDateTime),
    Column("extended", Integer, nullable=False),
    Column("reminded", Integer, nullable=False),
    Column("remind_at", UtcDateTime, index=True),
    Column("merged_into", String(24), index=True),
    Column("followed", Integer, nullable=False),
    Index(None, "citizen", "opened_at", "number"),
    Index(None, "unit", "opened_at", "number"),
    Index(None, "opened_at", "number", "state"),
    Index(None, "state", "due_at"),
    Index(None, "unit", "state", "due_at"),
    Index(None, "category", "state", "due_at"),
    Index(None, "street", "state", "due_at"),
    Index(None, "category", "street", "opened_at"),
    info=plain(
        "number state kind category urgency unit citizen contact_point channel language district"
        " street community opened_at changed_at due_at clerk_by owed urged urged_at because"
        " exclusion contact_mode version confidential pressed supervised reported hard instructed"
        " dispatched_at held_by returns ruled rehandled helpers members back_to asked_until"
        " extended reminded remind_at merged_into followed"
    ),
)


_OPEN = "state NOT IN (" + ", ".join(f"'{state}'" for state in sorted(ENDS)) + ")"


_MARKS = {
    "urgent": "urgency <> 'normal'",
    "urged": "urged > 0",
    "owed": "owed <> '[]'",
    "supervised": "supervised",
    "hard": "hard",
    "instructed": "instructed",
}


_MARKED = f"({' OR '.join(_MARKS.values())})"


MARKED = {
    mark: text(f"cases.{condition}")
    # No index begins with `reported`: nearly all reported cases are supervised, so they are few.
    for mark, condition in {**_MARKS, "reported": "reported"}.items()
}
"""Condition of each mark, with literals for the same reason as `IS_OPEN`."""


IS_OPEN = text(f"cases.{_OPEN}")
"""Condition of open cases, with literals: a partial index only matches the same text."""


partial_index(
    # Index of open cases by due time, which stays small; with the state, so that counts read no
    # row.
    "cases_open_due",
    cases.c.due_at,
    cases.c.number,
    cases.c.state,
    where=_OPEN,
)


partial_index(
    # The few marked ones of them.
    "cases_open_marked",
    cases.c.due_at,
    cases.c.number,
    where=f"{_OPEN} AND {_MARKED}",
)


case_part = Table(
    # The units that help in a case or assess it: its `helpers` and `members`, indexed by unit.
    "case_part",
    metadata,
    Column("unit", String(64), primary_key=True),
    Column("number", ForeignKey("cases.number"), primary_key=True, index=True),
    info=plain("unit number"),
)


reporter = Table(
    # The identity of a report's author (举报): separate, so that no query of cases includes it.
    "reporter",
    metadata,
    Column("number", ForeignKey("cases.number"), primary_key=True),
    Column(
        "identity_sealed",
        LargeBinary,
        nullable=False,
        info=holds(
            Holds.REPORTER,
            CASE,
            until=WITH_CASE,
            erased=Fate.ROW,
            copied=Copied.VIEW,
            sealed="case.reporter:{number}",
        ),
    ),
    info=plain("number"),
)


case_history = Table(
    # Append-only: a trigger of the migration refuses UPDATE.
    "case_history",
    metadata,
    Column("number", ForeignKey("cases.number"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("move", String(24), nullable=False),
    Column("from_state", String(24)),
    Column("to_state", String(24), nullable=False),
    Column("actor_id", String(64), nullable=False),
    Column("actor_role", String(16), nullable=False),
    Column(
        "actor_name",
        String(200),
        info=holds(
            Holds.IDENTITY,
            Owner("staff", "actor_id"),
            until="as long as the case",
            erased=Fate.KEPT,
            why=ACTED,
        ),
    ),
    Column("unit", String(64)),
    Column(
        "reason_sealed",
        LargeBinary,
        info=holds(
            Holds.WORDS,
            CASE,
            until=WITH_CASE,
            copied=Copied.VIEW,
            sealed="case.reason:{number}",
        ),
    ),
    Column(
        "note_sealed",
        LargeBinary,
        info=holds(
            Holds.WORDS,
            CASE,
            until=WITH_CASE,
            copied=Copied.VIEW,
            sealed="case.note:{number}",
        ),
    ),
    Column("because", Json, nullable=False),
    info=plain("number seq at move from_state to_state actor_id actor_role unit because"),
)


number_sequence = Table(
    "number_sequence",
    metadata,
    Column("day", Date, primary_key=True),
    Column("last", Integer, nullable=False),
    info=plain("day last"),
)


answered = Table(
    # One row per idempotency key: the unique pair makes a repetition safe.
    "answered",
    metadata,
    Column("actor", String(64), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    Column(
        "answer_sealed",
        LargeBinary,
        info=holds(
            Holds.WORDS,
            CASE,
            POINT,
            until="with its row",
            erased=Fate.ROW,
            sealed="answered:{actor}:{key}",
        ),
    ),
    Column("at", UtcDateTime, nullable=False),
    Column("contact_point", String(64), index=True),
    Column("number", _NUMBER, index=True),
    # Longer than any outage after which an acknowledged message is still retried.
    info=plain(
        "actor key fingerprint at contact_point number", until=Term(timedelta(days=90), "at")
    ),
)


follower = Table(
    "follower",
    metadata,
    Column("number", ForeignKey("cases.number"), primary_key=True),
    Column("contact_point", ForeignKey("contact_point.id"), primary_key=True, index=True),
    Column("at", UtcDateTime, nullable=False),
    info=plain("number contact_point at", of=(CASE, POINT)),
)
