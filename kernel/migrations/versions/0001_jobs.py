"""Add the tables of the embedded queue and the crons."""

import sqlalchemy as sa
from alembic import op

from kernel.database.columns import Json, UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "job",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("task", sa.Text, nullable=False),
        sa.Column("payload", Json, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("due", UtcDateTime, nullable=False),
        sa.Column("lock", sa.Text),
        sa.Column("dedupe", sa.Text),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("claim_owner", sa.Text),
        sa.Column("claim_until", UtcDateTime),
        sa.Column("error", sa.Text),
        sqlite_autoincrement=True,
    )
    op.create_index("job_due", "job", ["state", "due", "id"])
    locked = sa.text("lock IS NOT NULL")
    op.create_index("job_lock", "job", ["lock", "id"], sqlite_where=locked, postgresql_where=locked)
    waiting = sa.text("state = 'waiting' AND dedupe IS NOT NULL")
    op.create_index(
        "job_dedupe",
        "job",
        ["task", "dedupe"],
        unique=True,
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.create_table(
        "job_cron",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("tick", UtcDateTime, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("job_cron")
    op.drop_table("job")
