"""Index the queue of cases by state and by due time."""

from alembic import op

revision = "0005_queue"
down_revision = "0004_push"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_cases_state_due_at", "cases", ["state", "due_at"])
    op.create_index("ix_cases_unit_state_due_at", "cases", ["unit", "state", "due_at"])


def downgrade() -> None:
    op.drop_index("ix_cases_unit_state_due_at", "cases")
    op.drop_index("ix_cases_state_due_at", "cases")
