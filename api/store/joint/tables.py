"""Tables of joint work on a case: assessments, rulings, tasks, meetings."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from api.metadata import CASE, WITH_CASE, metadata
from kernel.database.columns import Json, UtcDateTime
from kernel.privacy.personal import Holds, holds, plain

assessment = Table(
    "assessment",
    metadata,
    Column("number", ForeignKey("cases.number"), primary_key=True),
    Column("round", Integer, primary_key=True, autoincrement=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column(
        "reason_sealed",
        LargeBinary,
        info=holds(Holds.WORDS, CASE, until=WITH_CASE, sealed="case.assessment:{number}"),
    ),
    Column("members", Json, nullable=False),
    Column("principle", String(16)),
    Column("lead", String(64)),
    Column("helpers", Json, nullable=False),
    Column(
        "words_sealed",
        LargeBinary,
        info=holds(Holds.WORDS, CASE, until=WITH_CASE, sealed="case.ruling:{number}"),
    ),
    Column("ruled_at", UtcDateTime, index=True),
    info=plain("number round opened_at due_at members principle lead helpers ruled_at"),
)

assessment_view = Table(
    # One row per member and round; the last view counts.
    "assessment_view",
    metadata,
    Column("number", String(24), primary_key=True),
    Column("round", Integer, primary_key=True, autoincrement=False),
    Column("unit", String(64), primary_key=True),
    Column("stand", String(16), nullable=False),
    Column(
        "words_sealed",
        LargeBinary,
        info=holds(Holds.WORDS, CASE, until=WITH_CASE, sealed="case.view:{number}"),
    ),
    Column("at", UtcDateTime, nullable=False),
    info=plain("number round unit stand at"),
)

precedent = Table(
    # Rulings for routing: the responsible unit of a category at a place. `place` is the narrowest
    # territory code of the case, or empty; the newest row of a pair is valid.
    "precedent",
    metadata,
    Column("number", ForeignKey("cases.number"), primary_key=True),
    Column("round", Integer, primary_key=True, autoincrement=False),
    Column("category", String(16), nullable=False),
    Column("place", String(64), nullable=False),
    Column("unit", String(64), nullable=False),
    Column("principle", String(16), nullable=False),
    Column("ruled_at", UtcDateTime, nullable=False),
    Index(None, "category", "place", "ruled_at"),
    info=plain("number round category place unit principle ruled_at"),
)

task = Table(
    "task",
    metadata,
    Column("number", ForeignKey("cases.number"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("unit", String(64), nullable=False),
    Column(
        "what_sealed",
        LargeBinary,
        info=holds(Holds.WORDS, CASE, until=WITH_CASE, sealed="case.task:{number}"),
    ),
    Column("given_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column(
        "outcome_sealed",
        LargeBinary,
        info=holds(Holds.WORDS, CASE, until=WITH_CASE, sealed="case.outcome:{number}"),
    ),
    Column("done_at", UtcDateTime),
    Column("dropped_at", UtcDateTime),
    Index(None, "unit", "done_at", "due_at"),
    info=plain("number seq unit given_at due_at done_at dropped_at"),
)

meeting = Table(
    "meeting",
    metadata,
    Column("number", ForeignKey("cases.number"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column(
        "participants",
        Json,
        nullable=False,
        info=holds(Holds.IDENTITY, CASE, until=WITH_CASE, empty=[]),
    ),
    Column(
        "decision_sealed",
        LargeBinary,
        info=holds(Holds.WORDS, CASE, until=WITH_CASE, sealed="case.meeting:{number}"),
    ),
    Column("due_at", UtcDateTime, nullable=False),
    Column(
        "outcome_sealed",
        LargeBinary,
        info=holds(Holds.WORDS, CASE, until=WITH_CASE, sealed="case.meeting.outcome:{number}"),
    ),
    Column("done_at", UtcDateTime),
    info=plain("number seq at due_at done_at"),
)
