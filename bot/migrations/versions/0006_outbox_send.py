"""Add an index of the outbox in sending order, so that a poll reads only the first rows."""

import sqlalchemy as sa
from alembic import op

revision = "0006_outbox_send"
down_revision = "0005_desk_away"
branch_labels = None
depends_on = None

DUE = sa.text("status = 'due'")


def upgrade() -> None:
    op.create_index(
        "outbox_send",
        "outbox",
        ["urgency", "created_at", "conversation_id"],
        sqlite_where=DUE,
        postgresql_where=DUE,
    )


def downgrade() -> None:
    op.drop_index("outbox_send", table_name="outbox")
