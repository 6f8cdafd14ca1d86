"""Add cases, their history and events, citizens, tokens, stored answers."""

import sqlalchemy as sa
from alembic import op

from kernel.database.columns import Json, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "citizen",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_citizen"),
    )
    op.create_table(
        "contact_point",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("citizen", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("registered_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_contact_point"),
        sa.ForeignKeyConstraint(["citizen"], ["citizen.id"], name="fk_contact_point_citizen"),
    )
    op.create_index("ix_contact_point_citizen", "contact_point", ["citizen"])
    op.create_table(
        "cases",
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("category", sa.String(16), nullable=False),
        sa.Column("urgency", sa.String(16), nullable=False),
        sa.Column("unit", sa.String(64)),
        sa.Column("citizen", sa.String(64), nullable=False),
        sa.Column("contact_point", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("district", sa.String(64)),
        sa.Column("street", sa.String(64)),
        sa.Column("community", sa.String(64)),
        sa.Column("opened_at", UtcDateTime, nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime),
        sa.Column("clerk_by", UtcDateTime),
        sa.Column("owed", Json, nullable=False),
        sa.Column("urged", sa.Integer, nullable=False),
        sa.Column("urged_at", UtcDateTime),
        sa.Column("because", Json, nullable=False),
        sa.Column("exclusion", sa.String(64)),
        sa.Column("contact_mode", sa.String(16), nullable=False),
        sa.Column("contact_sealed", sa.LargeBinary),
        sa.Column("matter_sealed", sa.LargeBinary, nullable=False),
        sa.Column("access_index", sa.LargeBinary, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_cases"),
        sa.ForeignKeyConstraint(["citizen"], ["citizen.id"], name="fk_cases_citizen"),
        sa.ForeignKeyConstraint(
            ["contact_point"], ["contact_point.id"], name="fk_cases_contact_point"
        ),
    )
    op.create_index("ix_cases_opened_at_number", "cases", ["opened_at", "number"])
    op.create_index("ix_cases_unit_opened_at_number", "cases", ["unit", "opened_at", "number"])
    op.create_index(
        "ix_cases_citizen_opened_at_number", "cases", ["citizen", "opened_at", "number"]
    )
    op.create_table(
        "reporter",
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("identity_sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_reporter"),
        sa.ForeignKeyConstraint(["number"], ["cases.number"], name="fk_reporter_number"),
    )
    op.create_table(
        "case_history",
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("move", sa.String(24), nullable=False),
        sa.Column("from_state", sa.String(24)),
        sa.Column("to_state", sa.String(24), nullable=False),
        sa.Column("actor_id", sa.String(64), nullable=False),
        sa.Column("actor_role", sa.String(16), nullable=False),
        sa.Column("actor_name", sa.String(200)),
        sa.Column("reason_sealed", sa.LargeBinary),
        sa.Column("note_sealed", sa.LargeBinary),
        sa.Column("because", Json, nullable=False),
        sa.PrimaryKeyConstraint("number", "seq", name="pk_case_history"),
        sa.ForeignKeyConstraint(["number"], ["cases.number"], name="fk_case_history_number"),
    )
    op.create_table(
        "case_event",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("type", sa.String(48), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("payload", Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_case_event"),
        sa.ForeignKeyConstraint(["number"], ["cases.number"], name="fk_case_event_number"),
        sa.UniqueConstraint("number", "seq", name="uq_case_event_number_seq"),
    )
    op.create_table(
        "number_sequence",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_number_sequence"),
    )
    op.create_table(
        "answered",
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("answer_sealed", sa.LargeBinary),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("actor", "key", name="pk_answered"),
    )
    op.create_table(
        "service_token",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("unit", sa.String(64)),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("revoked_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_service_token"),
        sa.UniqueConstraint("digest", name="uq_service_token_digest"),
    )
    _freeze_history()


def _freeze_history() -> None:
    # The history is append-only, also for code that bypasses the repository. Deletion stays
    # possible, because a citizen has the right to erasure.
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER case_history_frozen BEFORE UPDATE ON case_history "
            "BEGIN SELECT RAISE(ABORT, 'the history of a case is appended, never edited'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION case_history_frozen() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the history of a case is appended, never edited'; END $$"
    )
    op.execute(
        "CREATE TRIGGER case_history_frozen BEFORE UPDATE ON case_history "
        "FOR EACH ROW EXECUTE FUNCTION case_history_frozen()"
    )


def downgrade() -> None:
    for table in (
        "service_token",
        "answered",
        "number_sequence",
        "case_event",
        "case_history",
        "reporter",
        "cases",
        "contact_point",
        "citizen",
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION case_history_frozen()")
