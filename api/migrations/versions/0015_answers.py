"""Add to a stored answer the case whose words it repeats, so that it is erased with the case.

Earlier answers to staff are deleted, because it is not known whose words they repeat. Earlier
answers to citizens have their conversation. They stay, so that a repeated message does not open a
second case.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015_answers"
down_revision = "0014_parts"
branch_labels = None
depends_on = None

_NUMBER = sa.String(24).with_variant(sa.String(24, collation="C"), "postgresql")


def upgrade() -> None:
    op.execute("DELETE FROM answered WHERE contact_point IS NULL")
    op.add_column("answered", sa.Column("number", _NUMBER))
    op.create_index("ix_answered_number", "answered", ["number"])


def downgrade() -> None:
    op.drop_index("ix_answered_number", "answered")
    with op.batch_alter_table("answered") as answered:
        answered.drop_column("number")
