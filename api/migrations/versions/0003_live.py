"""Add leaders on duty: sessions, talks, messages of talks."""

import sqlalchemy as sa
from alembic import op

from kernel.database.columns import Json, UtcDateTime

revision = "0003_live"
down_revision = "0003_attachments"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "live_session",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("leader", sa.String(64), nullable=False),
        sa.Column("leader_name", sa.String(500), nullable=False),
        sa.Column("leader_title", Json, nullable=False),
        sa.Column("unit", sa.String(64), nullable=False),
        sa.Column("scope", Json, nullable=False),
        sa.Column("opens_at", UtcDateTime, nullable=False),
        sa.Column("closes_at", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_live_session"),
    )
    op.create_index("ix_live_session_closes_at", "live_session", ["closes_at"])
    op.create_table(
        "live_talk",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("session", sa.String(64), nullable=False),
        sa.Column("contact_point", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("ticket", sa.Integer, nullable=False),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("ending", sa.String(16)),
        sa.Column("told_place", sa.Integer, nullable=False),
        sa.Column("owner", sa.String(64)),
        sa.Column("owner_name", sa.String(500)),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("lines", sa.Integer, nullable=False),
        sa.Column("danger", sa.String(64)),
        sa.Column("case_number", sa.String(24)),
        sa.Column("joined_at", UtcDateTime),
        sa.Column("due_since", UtcDateTime),
        sa.Column("ended_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_live_talk"),
        sa.ForeignKeyConstraint(["session"], ["live_session.id"], name="fk_live_talk_session"),
        sa.ForeignKeyConstraint(
            ["contact_point"], ["contact_point.id"], name="fk_live_talk_contact_point"
        ),
        sa.UniqueConstraint("session", "ticket", name="uq_live_talk_session_ticket"),
    )
    op.create_index(
        "live_talk_open",
        "live_talk",
        ["contact_point"],
        unique=True,
        sqlite_where=sa.text("state <> 'ended'"),
        postgresql_where=sa.text("state <> 'ended'"),
    )
    op.create_index("live_talk_contact_point", "live_talk", ["contact_point", "id"])
    op.create_table(
        "live_line",
        sa.Column("talk", sa.String(64), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("speaker", sa.String(16), nullable=False),
        sa.Column("name", sa.String(500)),
        sa.Column("key", sa.String(200)),
        sa.Column("text_sealed", sa.LargeBinary),
        sa.Column("attachments", Json, nullable=False),
        sa.Column("danger", sa.String(64)),
        sa.PrimaryKeyConstraint("talk", "seq", name="pk_live_line"),
        sa.ForeignKeyConstraint(["talk"], ["live_talk.id"], name="fk_live_line_talk"),
        sa.UniqueConstraint("talk", "key", name="uq_live_line_talk_key"),
    )


def downgrade() -> None:
    for table in ("live_line", "live_talk", "live_session"):
        op.drop_table(table)
