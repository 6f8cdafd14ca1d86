"""Table of facts, from which figures are counted."""

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, Integer, String, Table

from api.metadata import metadata
from kernel.database.columns import UtcDateTime
from kernel.privacy.personal import plain

case_facts = Table(
    # One narrow row without personal data for each unit that had a case. Figures are counted from
    # it and never from the cases. It is written in the transaction of the move.
    "case_facts",
    metadata,
    Column("number", ForeignKey("cases.number"), primary_key=True),
    Column("tenure", Integer, primary_key=True, autoincrement=False),
    Column("last", Boolean, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("opened_day", Date, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("category", String(16), nullable=False),
    Column("unit", String(64)),
    Column("district", String(64)),
    Column("street", String(64)),
    Column("due_at", UtcDateTime),
    Column("contact_due_at", UtcDateTime),
    Column("replied_at", UtcDateTime),
    Column("handled_minutes", Integer),
    Column("elapsed_minutes", Integer),
    Column("ended", Boolean, nullable=False),
    Column("contact", String(24)),
    Column("answered", String(24)),
    Column("returned", String(24), nullable=False),
    Column("solved", String(24)),
    Column("satisfaction", String(24)),
    Column("first_solved", String(24)),
    Column("first_satisfaction", String(24)),
    Index(None, "opened_day"),
    Index(None, "unit", "opened_day"),
    info=plain(
        "number tenure last opened_at opened_day kind category unit district street due_at"
        " contact_due_at replied_at handled_minutes elapsed_minutes ended contact answered returned"
        " solved satisfaction first_solved first_satisfaction"
    ),
)
