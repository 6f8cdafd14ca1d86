"""Index units that help in or assess cases; store the results of meetings' decisions."""

import sqlalchemy as sa
from alembic import op

from kernel.database.columns import Json, UtcDateTime

revision = "0014_parts"
down_revision = "0012_clocks"
branch_labels = None
depends_on = None

_AT_ONCE = 1000
_NUMBER = sa.String(24).with_variant(sa.String(24, collation="C"), "postgresql")


def upgrade() -> None:
    part = op.create_table(
        "case_part",
        sa.Column("unit", sa.String(64), nullable=False),
        sa.Column("number", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("unit", "number", name="pk_case_part"),
        sa.ForeignKeyConstraint(["number"], ["cases.number"], name="fk_case_part_number_cases"),
    )
    op.create_index("ix_case_part_number", "case_part", ["number"])
    op.add_column("meeting", sa.Column("outcome_sealed", sa.LargeBinary))
    op.add_column("meeting", sa.Column("done_at", UtcDateTime))
    connection = op.get_bind()
    cases = sa.table(
        "cases", sa.column("number"), sa.column("helpers", Json), sa.column("members", Json)
    )
    rows = [
        {"unit": unit, "number": row.number}
        for row in connection.execute(sa.select(cases))
        for unit in sorted({*row.helpers, *row.members})
    ]
    for first in range(0, len(rows), _AT_ONCE):
        connection.execute(part.insert(), rows[first : first + _AT_ONCE])


def downgrade() -> None:
    with op.batch_alter_table("meeting") as meeting:
        meeting.drop_column("done_at")
        meeting.drop_column("outcome_sealed")
    op.drop_table("case_part")
