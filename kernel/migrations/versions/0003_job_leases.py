"""Give the embedded queue the columns of the lease kit."""

import sqlalchemy as sa
from alembic import op

from kernel.database.columns import UtcDateTime

revision = "0003"
down_revision = "0002"

DEDUPED = sa.text("dedupe IS NOT NULL")
OPEN = sa.text("dead_at IS NULL")
WAITING = sa.text("state = 'waiting' AND dedupe IS NOT NULL")


def upgrade() -> None:
    for index in ("job_due", "job_dedupe"):
        op.drop_index(index, table_name="job")
    op.add_column("job", sa.Column("owner", sa.Text))
    op.add_column("job", sa.Column("fence", sa.Integer, nullable=False, server_default="0"))
    op.add_column("job", sa.Column("dead_at", UtcDateTime))
    op.execute(
        "UPDATE job SET owner = claim_owner, due = claim_until"
        " WHERE state = 'running' AND claim_until IS NOT NULL"
    )
    op.execute("UPDATE job SET dead_at = due WHERE state = 'failed'")
    for column in ("state", "claim_owner", "claim_until"):
        op.drop_column("job", column)
    op.create_index("job_due", "job", ["due", "id"], sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index(
        "job_dedupe",
        "job",
        ["task", "dedupe"],
        unique=True,
        sqlite_where=DEDUPED,
        postgresql_where=DEDUPED,
    )


def downgrade() -> None:
    for index in ("job_due", "job_dedupe"):
        op.drop_index(index, table_name="job")
    op.add_column("job", sa.Column("claim_until", UtcDateTime))
    op.add_column("job", sa.Column("claim_owner", sa.Text))
    op.add_column("job", sa.Column("state", sa.Text, nullable=False, server_default="waiting"))
    op.execute(
        "UPDATE job SET state = 'running', claim_owner = owner, claim_until = due"
        " WHERE owner IS NOT NULL"
    )
    op.execute("UPDATE job SET state = 'failed' WHERE dead_at IS NOT NULL")
    for column in ("dead_at", "fence", "owner"):
        op.drop_column("job", column)
    op.create_index("job_due", "job", ["state", "due", "id"])
    op.create_index(
        "job_dedupe",
        "job",
        ["task", "dedupe"],
        unique=True,
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
