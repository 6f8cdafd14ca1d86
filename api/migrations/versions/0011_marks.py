"""Count open cases, and marked ones among them, without reading their rows."""

import sqlalchemy as sa
from alembic import op

revision = "0011_marks"
down_revision = "0010_lifecycle"
branch_labels = None
depends_on = None

_ENDS = "('answered_online', 'closed', 'long_term', 'merged', 'rejected', 'withdrawn')"
_OPEN = f"state NOT IN {_ENDS}"
_MARKED = (
    f"{_OPEN} AND (urgency <> 'normal' OR urged > 0 OR owed <> '[]'"
    " OR supervised OR hard OR instructed)"
)


def upgrade() -> None:
    op.drop_index("cases_open_due", "cases")
    _index("cases_open_due", ["due_at", "number", "state"], _OPEN)
    _index("cases_open_marked", ["due_at", "number"], _MARKED)


def downgrade() -> None:
    op.drop_index("cases_open_marked", "cases")
    op.drop_index("cases_open_due", "cases")
    _index("cases_open_due", ["due_at", "number"], _OPEN)


def _index(name: str, columns: list[str], where: str) -> None:
    op.create_index(
        name, "cases", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
    )
