"""Callback surveys: ask several times, then by telephone."""

import sqlalchemy as sa
from alembic import op

revision = "0008_telephone"
down_revision = "0007_lists"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("survey") as table:
        table.add_column(sa.Column("asked", sa.Integer, nullable=False, server_default="0"))
        table.add_column(sa.Column("call", sa.String(16)))
        table.add_column(sa.Column("calls", sa.Integer, nullable=False, server_default="0"))
    op.create_index("ix_survey_phase_due_at", "survey", ["phase", "due_at"])
    op.execute("UPDATE survey SET asked = 1 WHERE asked_at IS NOT NULL")
    op.execute("UPDATE survey SET asked = 2, phase = 'asked' WHERE phase = 'reminded'")


def downgrade() -> None:
    op.execute("UPDATE survey SET phase = 'reminded' WHERE phase = 'asked' AND asked > 1")
    op.execute("UPDATE survey SET phase = 'asked' WHERE phase = 'telephone'")
    op.drop_index("ix_survey_phase_due_at", "survey")
    with op.batch_alter_table("survey") as table:
        table.drop_column("calls")
        table.drop_column("call")
        table.drop_column("asked")
