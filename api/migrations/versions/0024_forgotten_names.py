"""Erase leftover names: participants of meetings, and links from talks to erased cases."""

import sqlalchemy as sa
from alembic import op

from kernel.database.columns import Json

revision = "0024_forgotten_names"
down_revision = "0023_known_places"
branch_labels = None
depends_on = None

_FORGOTTEN = "(SELECT number FROM cases WHERE contact_point LIKE 'gone\\_%' ESCAPE '\\')"
_FROZEN = "case_history_frozen"


def upgrade() -> None:
    connection = op.get_bind()
    op.execute(f"UPDATE meeting SET participants = '[]' WHERE number IN {_FORGOTTEN}")  # noqa: S608
    op.execute(f"UPDATE live_talk SET case_number = '' WHERE case_number IN {_FORGOTTEN}")  # noqa: S608
    thaw, freeze = _trigger(connection)
    op.execute(thaw)
    history = sa.table(
        "case_history", *map(sa.column, ("number", "seq", "move")), sa.column("because", Json)
    )
    meetings = sa.select(history.c.number, history.c.seq, history.c.because)
    for number, seq, because in connection.execute(meetings.where(history.c.move == "meet")).all():
        for reason in because:
            reason["params"].pop("who", None)
        connection.execute(
            history.update()
            .where(history.c.number == number, history.c.seq == seq)
            .values(because=because)
        )
    op.execute(freeze)


def _trigger(connection: sa.Connection) -> tuple[str, str]:
    """Return the statements that permit changes of the history, and that forbid them again."""
    if connection.dialect.name == "postgresql":
        switch = "ALTER TABLE case_history {} TRIGGER " + _FROZEN
        return switch.format("DISABLE"), switch.format("ENABLE")
    named = sa.text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = :name")
    return f"DROP TRIGGER {_FROZEN}", connection.scalar(named, {"name": _FROZEN})


def downgrade() -> None:
    """Do nothing: erased names cannot be restored."""
