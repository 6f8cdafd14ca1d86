"""Add browsers and addresses from which staff signed in, so that attacks cannot lock them out."""

import sqlalchemy as sa
from alembic import op

from kernel.database.columns import UtcDateTime

revision = "0023_known_places"
down_revision = "0022_demo_accounts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sign_in_known",
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_sign_in_known"),
    )
    op.create_index("ix_sign_in_known_at", "sign_in_known", ["at"])


def downgrade() -> None:
    op.drop_table("sign_in_known")
