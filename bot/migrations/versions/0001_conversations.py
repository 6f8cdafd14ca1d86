"""Add conversations, inbox, outbox and the web chat's sessions."""

import sqlalchemy as sa
from alembic import op

from kernel.database.columns import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "conversation",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("address_index", sa.LargeBinary, nullable=False),
        sa.Column("address", sa.LargeBinary, nullable=False),
        sa.Column("language", sa.String(8)),
        sa.Column("mode", sa.String(8), nullable=False),
        sa.Column("state", sa.LargeBinary),
        sa.Column("received", sa.Integer, nullable=False),
        sa.Column("answered", sa.Integer, nullable=False),
        sa.Column("last_event", sa.Integer, nullable=False),
        sa.Column("unsent", sa.Integer, nullable=False),
        sa.Column("lease_owner", sa.String(64)),
        sa.Column("free_at", UtcDateTime, nullable=False),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="conversation_pk"),
        sa.UniqueConstraint("channel", "address_index", name="conversation_channel_key"),
    )
    op.create_index(
        "conversation_unanswered",
        "conversation",
        ["free_at"],
        sqlite_where=sa.text("received > answered"),
        postgresql_where=sa.text("received > answered"),
    )
    op.create_table(
        "inbox",
        sa.Column("conversation_id", sa.String(40), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("message_id", sa.String(128), nullable=False),
        sa.Column("event", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary),
        sa.Column("received_at", UtcDateTime, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("told_at", UtcDateTime),
        sa.Column("parked_at", UtcDateTime),
        sa.Column("done_at", UtcDateTime),
        sa.PrimaryKeyConstraint("conversation_id", "sequence", name="inbox_pk"),
        sa.UniqueConstraint("conversation_id", "message_id", name="inbox_conversation_id_key"),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name="inbox_conversation_fk",
            ondelete="CASCADE",
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "outbox",
        sa.Column("conversation_id", sa.String(40), nullable=False),
        sa.Column("event", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("in_reply_to", sa.Integer),
        sa.Column("body", sa.LargeBinary),
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("event_key", sa.String(128)),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", "event", name="outbox_pk"),
        sa.UniqueConstraint("event_key", name="outbox_event_key_key"),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name="outbox_conversation_fk",
            ondelete="CASCADE",
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "outbox_due",
        "outbox",
        ["conversation_id", "event"],
        sqlite_where=sa.text("status = 'due'"),
        postgresql_where=sa.text("status = 'due'"),
    )
    op.create_table(
        "web_session",
        sa.Column("secret_hash", sa.LargeBinary, nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("secret_hash", name="web_session_pk"),
        sa.UniqueConstraint("address", name="web_session_address_key"),
    )


def downgrade() -> None:
    for table in ("web_session", "outbox", "inbox", "conversation"):
        op.drop_table(table)
