"""Table of cases that are erased as soon as they are closed."""

from sqlalchemy import Column, ForeignKey, Table

from api.metadata import CASE, metadata
from kernel.database.columns import UtcDateTime
from kernel.privacy.personal import plain

erasure_due = Table(
    # Open cases whose citizen has requested erasure: erased when they end.
    "erasure_due",
    metadata,
    Column("number", ForeignKey("cases.number"), primary_key=True),
    Column("asked_at", UtcDateTime, nullable=False),
    info=plain("number asked_at", of=(CASE,)),
)
