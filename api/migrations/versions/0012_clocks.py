"""Add clocks and their steps; each open case gets the clock that it waits for.

The clock's working time is not known here, because the city's calendar is not. The first sweep
computes it.
"""

import sqlalchemy as sa
from alembic import op

from kernel.database.columns import UtcDateTime

revision = "0012_clocks"
down_revision = "0011_marks"
branch_labels = None
depends_on = None

_KINDS = {
    "accept": ("due_at", ("submitted", "accepted")),
    "answer": ("due_at", ("dispatched", "processing", "return_pending", "extension_pending")),
    "rehandle": ("due_at", ("rehandling",)),
    "return_decision": ("clerk_by", ("return_pending",)),
}


def upgrade() -> None:
    op.create_table(
        "case_clock",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("unit", sa.String(64)),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("allowed", sa.String(32)),
        sa.Column("working", sa.Boolean, nullable=False),
        sa.Column("span", sa.Float, nullable=False),
        sa.Column("due_at", UtcDateTime),
        sa.Column("remaining", sa.Float),
        sa.Column("step", sa.String(16)),
        sa.Column("next_at", UtcDateTime),
        sa.Column("stopped_at", UtcDateTime),
        sa.Column("ended", sa.String(16)),
        sa.PrimaryKeyConstraint("id", name="pk_case_clock"),
        sa.ForeignKeyConstraint(["number"], ["cases.number"], name="fk_case_clock_number_cases"),
    )
    op.create_index("ix_case_clock_number", "case_clock", ["number"])
    op.create_index("ix_case_clock_unit_due_at", "case_clock", ["unit", "due_at"])
    op.create_index(
        "ix_case_clock_next_at",
        "case_clock",
        ["next_at"],
        sqlite_where=sa.text("next_at IS NOT NULL"),
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.create_table(
        "escalation",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("unit", sa.String(64)),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("made_by", sa.String(16), nullable=False),
        sa.Column("clock", sa.String(64)),
        sa.Column("kind", sa.String(24)),
        sa.Column("due_at", UtcDateTime),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_escalation"),
        sa.ForeignKeyConstraint(["number"], ["cases.number"], name="fk_escalation_number_cases"),
        sa.ForeignKeyConstraint(
            ["clock"], ["case_clock.id"], name="fk_escalation_clock_case_clock"
        ),
        sa.UniqueConstraint("clock", "step", "due_at", name="uq_escalation_clock_step_due_at"),
    )
    op.create_index("ix_escalation_number", "escalation", ["number"])
    op.create_index("ix_escalation_at_id", "escalation", ["at", "id"])
    op.create_index("ix_escalation_unit_at_id", "escalation", ["unit", "at", "id"])
    for kind, (due, states) in _KINDS.items():
        listed = ", ".join(f"'{state}'" for state in states)
        unit = "NULL" if kind in ("accept", "return_decision") else "unit"
        op.execute(
            # Only constant names are put into the statement.
            f"""
            INSERT INTO case_clock
                (id, number, kind, subject, unit, started_at, working, span, due_at, next_at)
            SELECT '{kind}-' || number, number, '{kind}', '', {unit}, opened_at,
                urgency = 'normal', 0, {due}, opened_at
            FROM cases WHERE state IN ({listed}) AND {due} IS NOT NULL
            """  # noqa: S608
        )


def downgrade() -> None:
    op.drop_table("escalation")
    op.drop_table("case_clock")
