"""Add clocks for waiting cases that are older than clocks and that `0012` left without one.

As in `0012`, the first sweep computes the working time of each clock. For a case that waits for
its citizen, the promised time continues to run, as it did before.
"""

import sqlalchemy as sa
from alembic import op

from kernel.database.columns import UtcDateTime

revision = "0018_waiting_clocks"
down_revision = "0017_evidence"
branch_labels = None
depends_on = None

_ENDS = "('answered_online', 'closed', 'long_term', 'merged', 'rejected', 'withdrawn')"
_PROMISED = "'answer', 'rehandle'"
# The clock, its owner, its due time, its cases, and the clocks that replace it.
_OF_CASES = (
    ("answer", "unit", "due_at", "state = 'assessment' AND unit IS NOT NULL", _PROMISED),
    (
        "answer",
        "unit",
        "due_at",
        "state = 'supplement' AND unit IS NOT NULL AND back_to <> 'rehandling'",
        _PROMISED,
    ),
    ("rehandle", "unit", "due_at", "state = 'supplement' AND back_to = 'rehandling'", _PROMISED),
    ("accept", "NULL", "due_at", "state = 'supplement' AND unit IS NULL", "'accept'"),
    ("assessment", "NULL", "clerk_by", "state = 'assessment'", "'assessment'"),
    ("extension", "NULL", "clerk_by", "state = 'extension_pending'", "'extension'"),
    (
        "callback",
        "NULL",
        "(SELECT max(valid_until) FROM survey WHERE survey.number = cases.number)",
        "state = 'callback'",
        "'callback'",
    ),
)


def upgrade() -> None:
    for kind, unit, due, which, alike in _OF_CASES:
        op.execute(
            # Only constant names are put into the statement.
            f"""
            INSERT INTO case_clock
                (id, number, kind, subject, unit, started_at, working, span, due_at, next_at)
            SELECT 'w-{kind}-' || number, number, '{kind}', '', {unit}, opened_at,
                urgency = 'normal', 0, {due}, opened_at
            FROM cases WHERE {which} AND {due} IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM case_clock AS had WHERE had.number = cases.number
                AND had.kind IN ({alike}) AND had.stopped_at IS NULL)
            """  # noqa: S608
        )
    _tasks_and_meetings()


def _tasks_and_meetings() -> None:
    connection = op.get_bind()
    tasks = f"""
        SELECT task.number, task.seq, task.unit AS subject, task.unit, task.given_at AS began,
            task.due_at, cases.urgency = 'normal' AS working, 'task' AS kind
        FROM task JOIN cases ON cases.number = task.number
        WHERE task.done_at IS NULL AND task.dropped_at IS NULL AND cases.state NOT IN {_ENDS}
            AND cases.state NOT IN ('replied', 'callback')
        """  # noqa: S608
    meetings = f"""
        SELECT meeting.number, meeting.seq, cases.unit, meeting.at AS began, meeting.due_at,
            cases.urgency = 'normal' AS working, 'meeting' AS kind
        FROM meeting JOIN cases ON cases.number = meeting.number
        WHERE meeting.done_at IS NULL AND cases.state NOT IN {_ENDS}
        """  # noqa: S608
    moments = {"began": UtcDateTime, "due_at": UtcDateTime}
    had = {
        (row.number, row.kind, row.subject)
        for row in connection.execute(
            sa.text("SELECT number, kind, subject FROM case_clock WHERE stopped_at IS NULL")
        )
    }
    met = sa.text("SELECT seq FROM case_history WHERE number = :number AND move = 'meet'")
    rows = []
    for query in (tasks, meetings):
        for row in connection.execute(sa.text(query).columns(**moments)).mappings().all():
            subject = row.get("subject")
            if subject is None:  # a meeting's clock is identified by its history entry
                entries = sorted(connection.execute(met, {"number": row["number"]}).scalars())
                subject = str(entries[row["seq"] - 1])
            if (row["number"], row["kind"], subject) not in had:
                rows.append((row, subject))
    clocks = sa.table(
        "case_clock",
        *(sa.column(name) for name in ("id", "number", "kind", "subject", "unit", "span")),
        sa.column("working", sa.Boolean),
        *(sa.column(name, UtcDateTime) for name in ("started_at", "due_at", "next_at")),
    )
    for row, subject in rows:
        connection.execute(
            clocks.insert(),
            {
                "id": f"w-{row['kind']}-{row['number']}-{row['seq']}",
                "number": row["number"],
                "kind": row["kind"],
                "subject": subject,
                "unit": row["unit"],
                "started_at": row["began"],
                "working": bool(row["working"]),
                "span": 0,
                "due_at": row["due_at"],
                "next_at": row["began"],
            },
        )


def downgrade() -> None:
    op.execute("DELETE FROM case_clock WHERE id LIKE 'w-%'")
