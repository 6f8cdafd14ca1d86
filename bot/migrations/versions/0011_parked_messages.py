"""Add the error of parked messages, and the original message of a replay."""

import sqlalchemy as sa
from alembic import op

revision = "0011_parked_messages"
down_revision = "0010_telegram_albums"
branch_labels = None
depends_on = None

PARKED = sa.text("parked_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("inbox", sa.Column("error", sa.String(200)))
    op.add_column("inbox", sa.Column("replay_of", sa.Integer))
    op.create_index(
        "inbox_parked",
        "inbox",
        ["parked_at"],
        sqlite_where=PARKED,
        postgresql_where=PARKED,
    )


def downgrade() -> None:
    op.drop_index("inbox_parked", table_name="inbox")
    op.drop_column("inbox", "replay_of")
    op.drop_column("inbox", "error")
