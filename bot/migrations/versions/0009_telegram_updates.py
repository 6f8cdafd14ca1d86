"""Add failed Telegram updates as a queue of the lease kit with dead letters."""

import sqlalchemy as sa
from alembic import op

from kernel.database.columns import UtcDateTime

revision = "0009_telegram_updates"
down_revision = "0008_outbox_leases"
branch_labels = None
depends_on = None

OPEN = sa.text("dead_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "telegram_update",
        sa.Column("update_id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("address_index", sa.LargeBinary),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("received_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("owner", sa.String(64)),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("attempts", sa.SmallInteger, nullable=False),
        sa.Column("error", sa.String(200)),
        sa.Column("dead_at", UtcDateTime),
        sa.PrimaryKeyConstraint("update_id", name="telegram_update_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "telegram_update_open",
        "telegram_update",
        ["due_at"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )


def downgrade() -> None:
    op.drop_table("telegram_update")
