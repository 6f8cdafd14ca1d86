"""Index cases by due time, category, street and time, and their numbers by character."""

import sqlalchemy as sa
from alembic import op

revision = "0007_lists"
down_revision = "0006_facts"
branch_labels = None
depends_on = None

_OPEN = sa.text(
    "state NOT IN ('answered_online', 'closed', 'long_term', 'merged', 'rejected', 'withdrawn')"
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute('ALTER TABLE cases ALTER COLUMN number TYPE varchar(24) COLLATE "C"')
    op.create_index("ix_cases_category_state_due_at", "cases", ["category", "state", "due_at"])
    op.create_index("ix_cases_street_state_due_at", "cases", ["street", "state", "due_at"])
    op.drop_index("ix_cases_opened_at_number", "cases")
    op.create_index("ix_cases_opened_at_number_state", "cases", ["opened_at", "number", "state"])
    op.create_index(
        "cases_open_due",
        "cases",
        ["due_at", "number"],
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )


def downgrade() -> None:
    op.drop_index("cases_open_due", "cases")
    op.drop_index("ix_cases_opened_at_number_state", "cases")
    op.create_index("ix_cases_opened_at_number", "cases", ["opened_at", "number"])
    op.drop_index("ix_cases_street_state_due_at", "cases")
    op.drop_index("ix_cases_category_state_due_at", "cases")
    if op.get_bind().dialect.name == "postgresql":
        op.execute('ALTER TABLE cases ALTER COLUMN number TYPE varchar(24) COLLATE "default"')
