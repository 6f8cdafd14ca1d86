"""Tables of the embedded queue, the crons and the runs; `kernel/migrations` makes them."""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Integer, MetaData, Table, Text, text

from kernel.database.columns import Json, UtcDateTime, partial_index
from kernel.privacy.personal import plain

METADATA: Final = MetaData()

JOB: Final = Table(
    "job",
    METADATA,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("task", Text, nullable=False),
    Column("payload", Json, nullable=False),
    Column("due", UtcDateTime, nullable=False),  # while leased: when the lease lapses
    Column("lock", Text),
    Column("dedupe", Text),
    Column("owner", Text),
    Column("fence", Integer, nullable=False, server_default="0"),
    Column("attempts", Integer, nullable=False),
    Column("error", Text),
    Column("dead_at", UtcDateTime),
    # Ids are never reused: the order within a lock is the order of ids.
    sqlite_autoincrement=True,
    # A payload holds ids of rows, and no data of the rows.
    info=plain("id task payload due lock dedupe owner fence attempts error dead_at"),
)

OPEN: Final = text("dead_at IS NULL")
partial_index("job_due", JOB.c.due, JOB.c.id, where=OPEN)
partial_index(
    "job_lock",
    JOB.c.lock,
    JOB.c.id,
    where="lock IS NOT NULL",
)
DEDUPE_WHERE: Final = text("dedupe IS NOT NULL")
partial_index(
    "job_dedupe",
    JOB.c.task,
    JOB.c.dedupe,
    unique=True,
    where=DEDUPE_WHERE,
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
partial_index(
    "job_run_waits",
    RUN.c.task,
    unique=True,
    where=RUN_WAITS,
)
