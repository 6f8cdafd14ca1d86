"""Add to a ticket the download that used it, so that a repeat differs from a new download."""

import sqlalchemy as sa
from alembic import op

revision = "0026_ticket_used_by"
down_revision = "0025_origin"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("export_ticket", sa.Column("used_by", sa.String(64)))


def downgrade() -> None:
    with op.batch_alter_table("export_ticket") as ticket:
        ticket.drop_column("used_by")
