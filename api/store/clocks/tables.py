"""Tables of clocks and of escalation steps."""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    String,
    Table,
    UniqueConstraint,
)

from api.metadata import metadata
from kernel.database.columns import UtcDateTime, partial_index
from kernel.privacy.personal import plain

case_clock = Table(
    # Spans are in seconds of the clock's own time (working or real). `next_at` without a `step`
    # marks a clock without a plan: of a case from a version without clocks.
    "case_clock",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("number", ForeignKey("cases.number"), nullable=False, index=True),
    Column("kind", String(24), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("unit", String(64)),
    Column("started_at", UtcDateTime, nullable=False),
    Column("allowed", String(32)),
    Column("working", Boolean, nullable=False),
    Column("span", Float, nullable=False),
    Column("due_at", UtcDateTime),
    Column("remaining", Float),
    Column("step", String(16)),
    Column("next_at", UtcDateTime),
    Column("stopped_at", UtcDateTime),
    Column("ended", String(16)),
    Index(None, "unit", "due_at"),
    info=plain(
        "id number kind subject unit started_at allowed working span due_at remaining step next_at"
        " stopped_at ended"
    ),
)

partial_index(
    # The sweep reads due clocks from this index only, also with a hundred thousand cases.
    "ix_case_clock_next_at",
    case_clock.c.next_at,
    where="next_at IS NOT NULL",
)

escalation = Table(
    # One row per step: of a clock (once per deadline), or of a person (without a clock).
    "escalation",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("number", ForeignKey("cases.number"), nullable=False, index=True),
    Column("unit", String(64)),
    Column("step", String(16), nullable=False),
    Column("made_by", String(16), nullable=False),
    Column("clock", ForeignKey("case_clock.id")),
    Column("kind", String(24)),
    Column("due_at", UtcDateTime),
    Column("at", UtcDateTime, nullable=False),
    UniqueConstraint("clock", "step", "due_at"),
    Index(None, "at", "id"),
    Index(None, "unit", "at", "id"),
    info=plain("id number unit step made_by clock kind due_at at"),
)
