"""Make webhook deliveries a leased queue: a fence, and the time of becoming a dead letter."""

import sqlalchemy as sa
from alembic import op

from kernel.database.columns import UtcDateTime

revision = "0027_webhook_leases"
down_revision = "0026_ticket_used_by"
branch_labels = None
depends_on = None

_DEAD = sa.text("dead_at IS NOT NULL")


def upgrade() -> None:
    op.add_column(
        "webhook_delivery", sa.Column("fence", sa.Integer, nullable=False, server_default="0")
    )
    op.add_column("webhook_delivery", sa.Column("dead_at", UtcDateTime))
    op.execute("UPDATE webhook_delivery SET dead_at = done_at WHERE state = 'dead'")
    op.create_index(
        "webhook_delivery_dead",
        "webhook_delivery",
        ["dead_at"],
        sqlite_where=_DEAD,
        postgresql_where=_DEAD,
    )


def downgrade() -> None:
    op.drop_index("webhook_delivery_dead", "webhook_delivery")
    with op.batch_alter_table("webhook_delivery") as delivery:
        delivery.drop_column("dead_at")
        delivery.drop_column("fence")
