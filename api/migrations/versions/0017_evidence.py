"""Add files of staff: the sender, and the history entry that a file belongs to."""

import sqlalchemy as sa
from alembic import op

revision = "0017_evidence"
down_revision = "0016_corrections"
branch_labels = None
depends_on = None

_POINT = sa.String(64)


def upgrade() -> None:
    with op.batch_alter_table("attachment") as attachment:
        attachment.alter_column("contact_point", existing_type=_POINT, nullable=True)
        attachment.add_column(sa.Column("staff", sa.String(64)))
        attachment.add_column(sa.Column("entry", sa.Integer))
    op.create_index("ix_attachment_staff", "attachment", ["staff"])


def downgrade() -> None:
    op.drop_index("ix_attachment_staff", "attachment")
    op.execute("DELETE FROM attachment WHERE contact_point IS NULL")
    with op.batch_alter_table("attachment") as attachment:
        attachment.drop_column("entry")
        attachment.drop_column("staff")
        attachment.alter_column("contact_point", existing_type=_POINT, nullable=False)
