"""Mark accounts with a published password, also those of an earlier version."""

import sqlalchemy as sa
from alembic import op
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

revision = "0022_demo_accounts"
down_revision = "0021_treatment"
branch_labels = None
depends_on = None

LOGINS = ("clerk", "street", "department", "leader", "supervisor", "admin")
PASSWORD = "solve-it-first"  # noqa: S105 - it stood on the sign-in page


def upgrade() -> None:
    op.add_column("staff", sa.Column("demo", sa.Boolean, nullable=False, server_default=sa.false()))
    staff = sa.table(
        "staff",
        sa.column("id", sa.String),
        sa.column("login", sa.String),
        sa.column("password_hash", sa.String),
        sa.column("demo", sa.Boolean),
    )
    connection = op.get_bind()
    # Matched by password, not only by name: a city may have its own `admin`.
    found = connection.execute(
        sa.select(staff.c.id, staff.c.password_hash).where(staff.c.login.in_(LOGINS))
    )
    marked = [id_ for id_, password_hash in found if _is_published(password_hash)]
    connection.execute(staff.update().where(staff.c.id.in_(marked)).values(demo=True))


def _is_published(password_hash: str) -> bool:
    try:
        return PasswordHasher().verify(password_hash, PASSWORD)
    except (VerificationError, InvalidHashError):
        return False


def downgrade() -> None:
    with op.batch_alter_table("staff") as staff:
        staff.drop_column("demo")
