"""Add consents, join codes for channels, export tickets, and erasure."""

import sqlalchemy as sa
from alembic import op

from kernel.database.columns import UtcDateTime

revision = "0004_identity"
down_revision = "0003_live"
branch_labels = None
depends_on = None

_REFUSAL = "the history of a case is appended, never edited"
_KEPT = (
    "number", "seq", "at", "move", "from_state", "to_state", "actor_id", "actor_role",
    "actor_name", "because",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "consent",
        sa.Column("citizen", sa.String(64), nullable=False),
        sa.Column("notice", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("citizen", "notice", name="pk_consent"),
        sa.ForeignKeyConstraint(["citizen"], ["citizen.id"], name="fk_consent_citizen"),
    )
    op.create_table(
        "join_code",
        sa.Column("code_index", sa.LargeBinary, nullable=False),
        sa.Column("contact_point", sa.String(64), nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("used_at", UtcDateTime),
        sa.PrimaryKeyConstraint("code_index", name="pk_join_code"),
        sa.ForeignKeyConstraint(
            ["contact_point"], ["contact_point.id"], name="fk_join_code_contact_point"
        ),
    )
    op.create_index("ix_join_code_contact_point", "join_code", ["contact_point"])
    op.create_table(
        "wrong_code",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("contact_point", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_wrong_code"),
    )
    op.create_index("ix_wrong_code_contact_point_at", "wrong_code", ["contact_point", "at"])
    op.create_index("ix_wrong_code_subject_at", "wrong_code", ["subject", "at"])
    op.create_table(
        "follower",
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("contact_point", sa.String(64), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("number", "contact_point", name="pk_follower"),
        sa.ForeignKeyConstraint(["number"], ["cases.number"], name="fk_follower_number"),
        sa.ForeignKeyConstraint(
            ["contact_point"], ["contact_point.id"], name="fk_follower_contact_point"
        ),
    )
    op.create_index("ix_follower_contact_point", "follower", ["contact_point"])
    op.create_table(
        "export_ticket",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("contact_point", sa.String(64), nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("used_at", UtcDateTime),
        sa.PrimaryKeyConstraint("digest", name="pk_export_ticket"),
        sa.ForeignKeyConstraint(
            ["contact_point"], ["contact_point.id"], name="fk_export_ticket_contact_point"
        ),
    )
    op.create_index("ix_export_ticket_contact_point", "export_ticket", ["contact_point"])
    op.create_table(
        "erasure_due",
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_erasure_due"),
        sa.ForeignKeyConstraint(["number"], ["cases.number"], name="fk_erasure_due_number"),
    )
    op.add_column("answered", sa.Column("contact_point", sa.String(64)))
    op.create_index("ix_answered_contact_point", "answered", ["contact_point"])
    _let_words_be_erased()


def _let_words_be_erased() -> None:
    # Only the words of the history may be erased, and only all at once; the moves stay unchanged.
    if op.get_bind().dialect.name == "sqlite":
        same = " AND ".join(f"NEW.{column} IS OLD.{column}" for column in _KEPT)
        op.execute("DROP TRIGGER case_history_frozen")
        op.execute(
            "CREATE TRIGGER case_history_frozen BEFORE UPDATE ON case_history "
            f"WHEN NOT ({same} AND NEW.reason_sealed IS NULL AND NEW.note_sealed IS NULL) "
            f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        )
        return
    words = "- 'reason_sealed' - 'note_sealed'"
    op.execute(
        "CREATE OR REPLACE FUNCTION case_history_frozen() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN "
        f"IF to_jsonb(NEW) {words} = to_jsonb(OLD) {words} "
        "AND NEW.reason_sealed IS NULL AND NEW.note_sealed IS NULL THEN RETURN NEW; END IF; "
        f"RAISE EXCEPTION '{_REFUSAL}'; END $$"
    )


def downgrade() -> None:
    op.drop_index("ix_answered_contact_point", "answered")
    op.drop_column("answered", "contact_point")
    for table in (
        "erasure_due",
        "export_ticket",
        "follower",
        "wrong_code",
        "join_code",
        "consent",
    ):
        op.drop_table(table)
