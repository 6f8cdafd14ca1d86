"""Add the survey question for law enforcement and mediation: was the treatment proper."""

import sqlalchemy as sa
from alembic import op

revision = "0021_treatment"
down_revision = "0020_titles"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("survey", sa.Column("treated", sa.String(24)))
    op.add_column(
        "survey", sa.Column("treatment", sa.Boolean, nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    with op.batch_alter_table("survey") as survey:
        survey.drop_column("treatment")
        survey.drop_column("treated")
