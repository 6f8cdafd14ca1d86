"""Add files of citizens."""

import sqlalchemy as sa
from alembic import op

from kernel.database.columns import UtcDateTime

revision = "0003_attachments"
down_revision = "0002_staff"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("contact_point", sa.String(64), nullable=False),
        sa.Column("number", sa.String(24)),
        sa.Column("file", sa.String(64), nullable=False),
        sa.Column("media_type", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("width", sa.Integer),
        sa.Column("height", sa.Integer),
        sa.Column("name_sealed", sa.LargeBinary, nullable=False),
        sa.Column("uploaded_at", UtcDateTime, nullable=False),
        sa.Column("bound_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_attachment"),
        sa.ForeignKeyConstraint(["number"], ["cases.number"], name="fk_attachment_number"),
        sa.UniqueConstraint("file", name="uq_attachment_file"),
    )
    op.create_index("ix_attachment_contact_point", "attachment", ["contact_point"])
    op.create_index("ix_attachment_number", "attachment", ["number"])


def downgrade() -> None:
    op.drop_table("attachment")
