"""Count waiting files also by their origin."""

import sqlalchemy as sa
from alembic import op

revision = "0025_origin"
down_revision = "0024_forgotten_names"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("attachment", sa.Column("origin", sa.String(64)))
    op.create_index("ix_attachment_origin", "attachment", ["origin"])


def downgrade() -> None:
    op.drop_index("ix_attachment_origin", "attachment")
    op.drop_column("attachment", "origin")
