"""Add the messages to a citizen in a live talk about an unreachable desk."""

import sqlalchemy as sa
from alembic import op

from kernel.database.columns import UtcDateTime

revision = "0005_desk_away"
down_revision = "0004_live"
branch_labels = None
depends_on = None

WITH_PEOPLE = sa.text("mode <> 'bot' OR desk_away IS NOT NULL")


def upgrade() -> None:
    op.add_column("conversation", sa.Column("desk_away", sa.String(8)))
    op.add_column("conversation", sa.Column("desk_away_at", UtcDateTime))
    op.create_index(
        "conversation_with_people",
        "conversation",
        ["id"],
        sqlite_where=WITH_PEOPLE,
        postgresql_where=WITH_PEOPLE,
    )


def downgrade() -> None:
    op.drop_index("conversation_with_people", table_name="conversation")
    op.drop_column("conversation", "desk_away_at")
    op.drop_column("conversation", "desk_away")
