"""Add the answer that returned an outbox row, so that a repeated call returns it again."""

import sqlalchemy as sa
from alembic import op

revision = "0007_outbox_carried"
down_revision = "0006_outbox_send"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("carried_with", sa.Integer()))


def downgrade() -> None:
    op.drop_column("outbox", "carried_with")
