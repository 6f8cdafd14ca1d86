"""The tables of the embedded queue, the crons and the runs; `kernel/migrations` makes them."""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, Table, Text, text

from kernel.columns import Json, UtcDateTime
from kernel.personal import plain

METADATA: Final = MetaData()

WAITING: Final = "waiting"
RUNNING: Final = "running"
FAILED: Final = "failed"

JOB: Final = Table(
    "job",
    METADATA,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("task", Text, nullable=False),
    Column("payload", Json, nullable=False),
    Column("state", Text, nullable=False),
    Column("due", UtcDateTime, nullable=False),
    Column("lock", Text),
    Column("dedupe", Text),
    Column("attempts", Integer, nullable=False),
    Column("claim_owner", Text),
    Column("claim_until", UtcDateTime),
    Column("error", Text),
    # Never reuse an id: the order within a lock is the order of ids.
    sqlite_autoincrement=True,
    # A payload names rows by their ids, and repeats nothing that they hold.
    info=plain("id task payload state due lock dedupe attempts claim_owner claim_until error"),
)

Index("job_due", JOB.c.state, JOB.c.due, JOB.c.id)
Index(
    "job_lock",
    JOB.c.lock,
    JOB.c.id,
    sqlite_where=text("lock IS NOT NULL"),
    postgresql_where=text("lock IS NOT NULL"),
)
DEDUPE_WHERE: Final = text("state = 'waiting' AND dedupe IS NOT NULL")
Index(
    "job_dedupe",
    JOB.c.task,
    JOB.c.dedupe,
    unique=True,
    sqlite_where=DEDUPE_WHERE,
    postgresql_where=DEDUPE_WHERE,
)

CRON: Final = Table(
    "job_cron",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("tick", UtcDateTime, nullable=False),
    info=plain("name tick"),
)

RUN: Final = Table(
    "job_run",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("task", Text, nullable=False),
    Column("payload", Json, nullable=False),
    Column("state", Text, nullable=False),
    Column("done", Integer, nullable=False),
    Column("total", Integer),
    Column("position", Json, nullable=False),
    Column("cancelling", Boolean, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("error", Text),
    Column("queued_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    info=plain(
        "id task payload state done total position cancelling attempts fence error queued_at"
        " started_at updated_at ended_at"
    ),
)

RUN_WAITS: Final = text("state = 'waiting'")
Index(
    "job_run_waits",
    RUN.c.task,
    unique=True,
    sqlite_where=RUN_WAITS,
    postgresql_where=RUN_WAITS,
)
