"""Add the live talk of a conversation, and its fence."""

import sqlalchemy as sa
from alembic import op

revision = "0004_live"
down_revision = "0003_pushes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conversation", sa.Column("live_talk", sa.String(64)))
    op.add_column("conversation", sa.Column("live_fence", sa.Integer))


def downgrade() -> None:
    op.drop_column("conversation", "live_fence")
    op.drop_column("conversation", "live_talk")
