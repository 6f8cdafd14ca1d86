"""Of which case a kept answer repeats the words, so that it is forgotten with the case.

Answers to staff from before are dropped: whose words they repeat is not known. Those to citizens
know their conversation, and keep a message that comes again from opening a second case.
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
