"""Add events, subscribers, deliveries, delivery reports and the callback survey."""

import sqlalchemy as sa
from alembic import op

from kernel.database.columns import Json, UtcDateTime

revision = "0004_push"
down_revision = "0004_identity"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("case_event")
    _events()
    _webhooks()
    _reports()
    _surveys()


def _events() -> None:
    op.create_table(
        "event",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("type", sa.String(48), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("contact_point", sa.String(64), nullable=False),
        sa.Column("order_key", sa.String(64), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("data_sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
        sa.UniqueConstraint("order_key", "seq", name="uq_event_order_key_seq"),
    )
    op.create_index("ix_event_at", "event", ["at"])


def _webhooks() -> None:
    op.create_table(
        "webhook_subscriber",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("url", sa.String(2048), nullable=False),
        sa.Column("types", Json, nullable=False),
        sa.Column("trusted", sa.Boolean, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary, nullable=False),
        sa.Column("old_secret_sealed", sa.LargeBinary),
        sa.Column("old_secret_until", UtcDateTime),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_subscriber"),
        sa.UniqueConstraint("name", name="uq_webhook_subscriber_name"),
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("subscriber", sa.String(64), nullable=False),
        sa.Column("event", sa.String(64), nullable=False),
        sa.Column("order_key", sa.String(64), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("owner", sa.String(64)),
        sa.Column("done_at", UtcDateTime),
        sa.Column("error", sa.String(500)),
        sa.PrimaryKeyConstraint("subscriber", "event", name="pk_webhook_delivery"),
        sa.ForeignKeyConstraint(
            ["subscriber"], ["webhook_subscriber.id"], name="fk_webhook_delivery_subscriber"
        ),
        sa.ForeignKeyConstraint(["event"], ["event.id"], name="fk_webhook_delivery_event"),
    )
    pending = sa.text("state = 'pending'")
    for name, columns in (
        ("webhook_delivery_pending", ["subscriber", "order_key", "seq"]),
        ("webhook_delivery_due", ["subscriber", "due_at"]),
    ):
        op.create_index(
            name,
            "webhook_delivery",
            columns,
            sqlite_where=pending,
            postgresql_where=pending,
        )
    op.create_index("webhook_delivery_event", "webhook_delivery", ["event"])


def _reports() -> None:
    op.create_table(
        "delivery_report",
        sa.Column("event", sa.String(64), nullable=False),
        sa.Column("contact_point", sa.String(64), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(500)),
        sa.Column("reports", sa.Integer, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("event", name="pk_delivery_report"),
        sa.ForeignKeyConstraint(["event"], ["event.id"], name="fk_delivery_report_event"),
    )
    op.create_index("ix_delivery_report_outcome_at", "delivery_report", ["outcome", "at"])
    op.create_table(
        "reachability",
        sa.Column("contact_point", sa.String(64), nullable=False),
        sa.Column("reachable", sa.Boolean, nullable=False),
        sa.Column("reason", sa.String(500)),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("contact_point", name="pk_reachability"),
        sa.ForeignKeyConstraint(
            ["contact_point"], ["contact_point.id"], name="fk_reachability_contact_point"
        ),
    )


def _surveys() -> None:
    answers = ("contacted", "solved", "satisfaction", "reason", "may_contact", "rehandle")
    op.create_table(
        "survey",
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("phase", sa.String(16), nullable=False),
        sa.Column("due_at", UtcDateTime),
        *(sa.Column(name, sa.String(24)) for name in answers),
        sa.Column("words_sealed", sa.LargeBinary),
        sa.Column("first_solved", sa.String(24)),
        sa.Column("first_satisfaction", sa.String(24)),
        sa.Column("asked_at", UtcDateTime),
        sa.Column("valid_until", UtcDateTime),
        sa.Column("ended_at", UtcDateTime),
        sa.Column("ended", sa.String(16)),
        sa.PrimaryKeyConstraint("number", "round", name="pk_survey"),
        sa.ForeignKeyConstraint(["number"], ["cases.number"], name="fk_survey_number"),
    )
    op.create_index("ix_survey_due_at", "survey", ["due_at"])
    live = sa.text("phase <> 'ended'")
    op.create_index(
        "survey_live", "survey", ["number"], unique=True, sqlite_where=live, postgresql_where=live
    )


def downgrade() -> None:
    for table in (
        "survey",
        "reachability",
        "delivery_report",
        "webhook_delivery",
        "webhook_subscriber",
        "event",
    ):
        op.drop_table(table)
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
