"""Add holds (leases of one process), and the parts of Telegram's albums."""

import sqlalchemy as sa
from alembic import op

from kernel.database.columns import UtcDateTime

revision = "0002_telegram"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hold",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("until", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("name", name="hold_pk"),
    )
    op.create_table(
        "telegram_part",
        sa.Column("address_index", sa.LargeBinary, nullable=False),
        sa.Column("album", sa.String(64), nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("body", sa.LargeBinary),
        sa.Column("claim", sa.String(64)),
        sa.Column("received_at", UtcDateTime, nullable=False),
        sa.Column("claimed_at", UtcDateTime),
        sa.Column("done_at", UtcDateTime),
        sa.PrimaryKeyConstraint("address_index", "album", "number", name="telegram_part_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "telegram_part_open",
        "telegram_part",
        ["received_at"],
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )


def downgrade() -> None:
    for table in ("telegram_part", "hold"):
        op.drop_table(table)
