"""Add urgency and delivery reports of outbox rows, and dead conversations."""

import sqlalchemy as sa
from alembic import op

from kernel.database.columns import UtcDateTime

revision = "0003_pushes"
down_revision = "0002_telegram"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conversation", sa.Column("dead_at", UtcDateTime))
    op.add_column(
        "outbox", sa.Column("urgency", sa.SmallInteger, nullable=False, server_default="0")
    )
    op.add_column("outbox", sa.Column("report", sa.String(8)))
    op.add_column("outbox", sa.Column("reason", sa.String(200)))
    op.create_index(
        "outbox_report",
        "outbox",
        ["created_at"],
        sqlite_where=sa.text("report = 'due'"),
        postgresql_where=sa.text("report = 'due'"),
    )


def downgrade() -> None:
    op.drop_index("outbox_report", "outbox")
    for table, column in (
        ("outbox", "reason"),
        ("outbox", "report"),
        ("outbox", "urgency"),
        ("conversation", "dead_at"),
    ):
        op.drop_column(table, column)
