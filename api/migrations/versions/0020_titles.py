"""Add the title of a case: a few words of its citizen."""

import sqlalchemy as sa
from alembic import op

revision = "0020_titles"
down_revision = "0018_waiting_clocks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("title_sealed", sa.LargeBinary))


def downgrade() -> None:
    op.drop_column("cases", "title_sealed")
