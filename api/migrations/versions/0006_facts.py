"""Add facts of cases, from which figures are counted.

Existing cases are counted by their present state; their earlier moves are not counted.
"""

import sqlalchemy as sa
from alembic import op

from kernel.database.columns import UtcDateTime

revision = "0006_facts"
down_revision = "0005_queue"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_facts",
        sa.Column("number", sa.String(24), sa.ForeignKey("cases.number"), nullable=False),
        sa.Column("tenure", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("last", sa.Boolean, nullable=False),
        sa.Column("opened_at", UtcDateTime, nullable=False),
        sa.Column("opened_day", sa.Date, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("category", sa.String(16), nullable=False),
        sa.Column("unit", sa.String(64)),
        sa.Column("district", sa.String(64)),
        sa.Column("street", sa.String(64)),
        sa.Column("due_at", UtcDateTime),
        sa.Column("contact_due_at", UtcDateTime),
        sa.Column("replied_at", UtcDateTime),
        sa.Column("handled_minutes", sa.Integer),
        sa.Column("elapsed_minutes", sa.Integer),
        sa.Column("ended", sa.Boolean, nullable=False),
        sa.Column("contact", sa.String(24)),
        sa.Column("answered", sa.String(24)),
        sa.Column("returned", sa.String(24), nullable=False),
        sa.Column("solved", sa.String(24)),
        sa.Column("satisfaction", sa.String(24)),
        sa.Column("first_solved", sa.String(24)),
        sa.Column("first_satisfaction", sa.String(24)),
        sa.PrimaryKeyConstraint("number", "tenure", name="pk_case_facts"),
    )
    op.create_index("ix_case_facts_opened_day", "case_facts", ["opened_day"])
    op.create_index("ix_case_facts_unit_opened_day", "case_facts", ["unit", "opened_day"])
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    day = (
        "date(opened_at, '+8 hours')"
        if on_sqlite
        else "(opened_at AT TIME ZONE 'Asia/Shanghai')::date"
    )
    ends = "'closed','answered_online','rejected','withdrawn','merged','long_term'"
    op.execute(
        "INSERT INTO case_facts (number, tenure, last, opened_at, opened_day, kind, category, unit,"  # noqa: S608 - words of this file
        " district, street, due_at, ended, returned)"
        f" SELECT number, 1, true, opened_at, {day}, kind, category, unit, district, street,"
        f" due_at, state IN ({ends}), 'never' FROM cases"
    )


def downgrade() -> None:
    op.drop_table("case_facts")
