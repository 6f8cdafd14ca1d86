"""Add the full life cycle: flags and counts of a case, assessments, rulings, tasks, meetings."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from kernel.database.columns import Json, UtcDateTime

revision = "0010_lifecycle"
down_revision = "0009_attempts"
branch_labels = None
depends_on = None

_FLAGS = ("confidential", "supervised", "reported", "hard", "instructed", "ruled")
_COUNTS = ("pressed", "returns", "rehandled", "extended", "reminded", "followed")
_LISTS = ("helpers", "members", "held_by")
_MOMENTS = ("dispatched_at", "asked_until", "remind_at")
_NAMES = ("back_to", "merged_into")
_TABLES = ("meeting", "task", "precedent", "assessment_view", "assessment")


def upgrade() -> None:
    for name in _FLAGS:
        _add(name, sa.Boolean, sa.false())
    for name in _COUNTS:
        _add(name, sa.Integer, sa.text("0"))
    for name in _LISTS:
        _add(name, Json, sa.text("'[]'"))
    for name in _MOMENTS:
        op.add_column("cases", sa.Column(name, UtcDateTime))
    for name in _NAMES:
        op.add_column("cases", sa.Column(name, sa.String(24)))
    op.execute(
        sa.text(
            "UPDATE cases SET confidential = :yes WHERE contact_mode <> 'named' OR kind = 'report'"
        ).bindparams(sa.bindparam("yes", value=True, type_=sa.Boolean))
    )
    op.add_column("case_history", sa.Column("unit", sa.String(64)))
    op.create_index("ix_cases_remind_at", "cases", ["remind_at"])
    op.create_index("ix_cases_merged_into", "cases", ["merged_into"])
    op.create_index(
        "ix_cases_category_street_opened_at", "cases", ["category", "street", "opened_at"]
    )
    _assessments()
    _handling()


def _add(name: str, type_: Any, default: Any) -> None:  # noqa: ANN401 - column types have no one name
    op.add_column("cases", sa.Column(name, type_, nullable=False, server_default=default))


def _assessments() -> None:
    op.create_table(
        "assessment",
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("opened_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary),
        sa.Column("members", Json, nullable=False),
        sa.Column("principle", sa.String(16)),
        sa.Column("lead", sa.String(64)),
        sa.Column("helpers", Json, nullable=False),
        sa.Column("words_sealed", sa.LargeBinary),
        sa.Column("ruled_at", UtcDateTime),
        sa.PrimaryKeyConstraint("number", "round", name="pk_assessment"),
        sa.ForeignKeyConstraint(["number"], ["cases.number"], name="fk_assessment_number"),
    )
    op.create_index("ix_assessment_ruled_at", "assessment", ["ruled_at"])
    op.create_table(
        "assessment_view",
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("unit", sa.String(64), nullable=False),
        sa.Column("stand", sa.String(16), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("number", "round", "unit", name="pk_assessment_view"),
    )
    op.create_table(
        "precedent",
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("category", sa.String(16), nullable=False),
        sa.Column("place", sa.String(64), nullable=False),
        sa.Column("unit", sa.String(64), nullable=False),
        sa.Column("principle", sa.String(16), nullable=False),
        sa.Column("ruled_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("number", "round", name="pk_precedent"),
        sa.ForeignKeyConstraint(["number"], ["cases.number"], name="fk_precedent_number"),
    )
    op.create_index(
        "ix_precedent_category_place_ruled_at", "precedent", ["category", "place", "ruled_at"]
    )


def _handling() -> None:
    op.create_table(
        "task",
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("unit", sa.String(64), nullable=False),
        sa.Column("what_sealed", sa.LargeBinary),
        sa.Column("given_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("outcome_sealed", sa.LargeBinary),
        sa.Column("done_at", UtcDateTime),
        sa.Column("dropped_at", UtcDateTime),
        sa.PrimaryKeyConstraint("number", "seq", name="pk_task"),
        sa.ForeignKeyConstraint(["number"], ["cases.number"], name="fk_task_number"),
    )
    op.create_index("ix_task_unit_done_at_due_at", "task", ["unit", "done_at", "due_at"])
    op.create_table(
        "meeting",
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("participants", Json, nullable=False),
        sa.Column("decision_sealed", sa.LargeBinary),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("number", "seq", name="pk_meeting"),
        sa.ForeignKeyConstraint(["number"], ["cases.number"], name="fk_meeting_number"),
    )


def downgrade() -> None:
    for table in _TABLES:
        op.drop_table(table)
    with op.batch_alter_table("case_history") as batch:
        batch.drop_column("unit")
    for columns in ("category_street_opened_at", "merged_into", "remind_at"):
        op.drop_index(f"ix_cases_{columns}", "cases")
    with op.batch_alter_table("cases") as batch:
        for name in (*_NAMES, *_MOMENTS, *_LISTS, *_COUNTS, *_FLAGS):
            batch.drop_column(name)
