"""Add staff's corrections of categories, as training data."""

import sqlalchemy as sa
from alembic import op

from kernel.database.columns import UtcDateTime

revision = "0016_corrections"
down_revision = "0015_answers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "category_correction",
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("before", sa.String(16), nullable=False),
        sa.Column("after", sa.String(16), nullable=False),
        sa.Column("model", sa.String(64), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_category_correction"),
        sa.ForeignKeyConstraint(
            ["number"], ["cases.number"], name="fk_category_correction_number_cases"
        ),
    )


def downgrade() -> None:
    op.drop_table("category_correction")
