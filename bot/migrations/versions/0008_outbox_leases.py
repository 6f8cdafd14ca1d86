"""Add the lease kit's columns to the outbox: attempts, due time, lease; and dead letters."""

import sqlalchemy as sa
from alembic import op

from kernel.database.columns import UtcDateTime

revision = "0008_outbox_leases"
down_revision = "0007_outbox_carried"
branch_labels = None
depends_on = None

DUE = sa.text("status = 'due'")
DEAD = sa.text("dead_at IS NOT NULL")


def upgrade() -> None:
    op.drop_index("outbox_send", table_name="outbox")
    op.add_column("conversation", sa.Column("paused_until", UtcDateTime))
    op.add_column("outbox", sa.Column("channel", sa.String(32)))
    op.add_column("outbox", sa.Column("due_at", UtcDateTime))
    op.add_column("outbox", sa.Column("owner", sa.String(64)))
    for column in ("attempts", "parts"):
        op.add_column(
            "outbox", sa.Column(column, sa.SmallInteger, nullable=False, server_default="0")
        )
    op.add_column("outbox", sa.Column("dead_at", UtcDateTime))
    op.execute(
        "UPDATE outbox SET status = 'due', due_at = created_at, channel ="
        " (SELECT channel FROM conversation WHERE conversation.id = outbox.conversation_id)"
        " WHERE status IN ('due', 'sending')"
    )
    op.create_index(
        "outbox_send",
        "outbox",
        ["channel", "urgency", "due_at", "conversation_id"],
        sqlite_where=DUE,
        postgresql_where=DUE,
    )
    op.create_index("outbox_dead", "outbox", ["dead_at"], sqlite_where=DEAD, postgresql_where=DEAD)


def downgrade() -> None:
    op.drop_index("outbox_dead", table_name="outbox")
    op.drop_index("outbox_send", table_name="outbox")
    op.execute("UPDATE outbox SET status = 'dead' WHERE status = 'failed'")
    for column in ("dead_at", "parts", "attempts", "owner", "due_at", "channel"):
        op.drop_column("outbox", column)
    op.drop_column("conversation", "paused_until")
    op.create_index(
        "outbox_send",
        "outbox",
        ["urgency", "created_at", "conversation_id"],
        sqlite_where=DUE,
        postgresql_where=DUE,
    )
