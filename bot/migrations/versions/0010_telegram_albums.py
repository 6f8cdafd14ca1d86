"""Make Telegram's albums a queue of the lease kit; add when a citizen was told of a dead letter."""

import sqlalchemy as sa
from alembic import op

from kernel.database.columns import UtcDateTime

revision = "0010_telegram_albums"
down_revision = "0009_telegram_updates"
branch_labels = None
depends_on = None

OPEN = sa.text("done_at IS NULL AND dead_at IS NULL")
OPEN_BEFORE = sa.text("done_at IS NULL")


def upgrade() -> None:
    op.drop_index("telegram_part_open", table_name="telegram_part")
    for column in (
        sa.Column("due_at", UtcDateTime),
        sa.Column("owner", sa.String(64)),
        sa.Column("fence", sa.Integer, nullable=False, server_default="0"),
        sa.Column("attempts", sa.SmallInteger, nullable=False, server_default="0"),
        sa.Column("error", sa.String(200)),
        sa.Column("dead_at", UtcDateTime),
        sa.Column("first", sa.BigInteger),
        sa.Column("split", sa.SmallInteger, nullable=False, server_default="0"),
        sa.Column("attachment", sa.String(64)),
        sa.Column("told_at", UtcDateTime),
    ):
        op.add_column("telegram_part", column)
    op.execute(
        "UPDATE telegram_part SET due_at = received_at, first = (SELECT min(other.number)"
        " FROM telegram_part AS other WHERE other.address_index = telegram_part.address_index"
        " AND other.album = telegram_part.album AND other.claim = telegram_part.claim)"
    )
    op.drop_column("telegram_part", "claim")
    op.drop_column("telegram_part", "claimed_at")
    op.create_index(
        "telegram_part_open",
        "telegram_part",
        ["due_at"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.add_column("telegram_update", sa.Column("told_at", UtcDateTime))


def downgrade() -> None:
    op.drop_column("telegram_update", "told_at")
    op.drop_index("telegram_part_open", table_name="telegram_part")
    op.add_column("telegram_part", sa.Column("claim", sa.String(64)))
    op.add_column("telegram_part", sa.Column("claimed_at", UtcDateTime))
    op.execute(
        "UPDATE telegram_part SET claim = CAST(first AS VARCHAR(64)), claimed_at = received_at"
        " WHERE first IS NOT NULL"
    )
    for column in (
        "told_at", "attachment", "split", "first", "dead_at", "error", "attempts", "fence",
        "owner", "due_at",
    ):  # fmt: skip
        op.drop_column("telegram_part", column)
    op.create_index(
        "telegram_part_open",
        "telegram_part",
        ["received_at"],
        sqlite_where=OPEN_BEFORE,
        postgresql_where=OPEN_BEFORE,
    )
