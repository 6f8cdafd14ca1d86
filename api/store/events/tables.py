"""Tables of events, delivery results of their messages, and surveys."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    false,
)

from api.metadata import CASE, WITH_CASE, metadata
from kernel.database.columns import UtcDateTime, partial_index
from kernel.privacy.personal import Copied, Fate, Holds, Owner, Term, holds, plain

_PENDING = (
    "EXISTS (SELECT 1 FROM webhook_delivery"
    " WHERE webhook_delivery.event = event.id AND webhook_delivery.state = 'pending')"
)

event = Table(
    # Events for subscribers, written in the transaction of their cause.
    "event",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("type", String(48), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("contact_point", String(64), nullable=False),
    Column("order_key", String(64), nullable=False),
    Column("seq", Integer, nullable=False),
    Column(
        "data_sealed",
        LargeBinary,
        nullable=False,
        info=holds(
            Holds.WORDS,
            Owner("case", "order_key"),
            Owner("talk", "order_key"),
            until=Term("keep_bodies_days", "at", unless=_PENDING),
            erased=Fate.CODE,
            sealed="event:{id}",
            empty=b"",
            why="`api.store.events.events`: what is on its way goes on without its words",
        ),
    ),
    UniqueConstraint("order_key", "seq"),
    Index(None, "at"),
    info=plain("id type at contact_point order_key seq"),
)

delivery_report = Table(
    # Delivery result of an event's message, reported by the citizen's side; the last one counts.
    "delivery_report",
    metadata,
    Column("event", ForeignKey("event.id"), primary_key=True),
    Column("contact_point", String(64), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("reason", String(500)),
    Column("reports", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index(None, "outcome", "at"),
    info=plain("event contact_point outcome reason reports at"),
)

reachability = Table(
    # Whether a contact point can be reached; no row means that it can.
    "reachability",
    metadata,
    Column("contact_point", ForeignKey("contact_point.id"), primary_key=True),
    Column("reachable", Boolean, nullable=False),
    Column("reason", String(500)),
    Column("since", UtcDateTime, nullable=False),
    info=plain("contact_point reachable reason since"),
)

survey = Table(
    "survey",
    metadata,
    Column("number", ForeignKey("cases.number"), primary_key=True),
    Column("round", Integer, primary_key=True, autoincrement=False),
    Column("phase", String(16), nullable=False),
    Column("due_at", UtcDateTime),
    Column("contacted", String(24)),
    Column("solved", String(24)),
    Column("satisfaction", String(24)),
    Column("reason", String(24)),
    Column("may_contact", String(24)),
    Column("rehandle", String(24)),
    Column("treated", String(24)),
    Column("treatment", Boolean, nullable=False, server_default=false()),
    Column(
        "words_sealed",
        LargeBinary,
        info=holds(
            Holds.WORDS,
            CASE,
            until=WITH_CASE,
            copied=Copied.RECORD,
            sealed="case.survey.{round}:{number}",
        ),
    ),
    Column("asked", Integer, nullable=False, server_default="0"),
    Column("call", String(16)),
    Column("calls", Integer, nullable=False, server_default="0"),
    Column("first_solved", String(24)),
    Column("first_satisfaction", String(24)),
    Column("asked_at", UtcDateTime),
    Column("valid_until", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("ended", String(16)),
    Index(None, "due_at"),
    # For the clerks' call list.
    Index(None, "phase", "due_at"),
    info=plain(
        "number round phase due_at contacted solved satisfaction reason may_contact rehandle"
        " treated treatment asked call calls first_solved first_satisfaction asked_at valid_until"
        " ended_at ended"
    ),
)

partial_index(
    # One open survey per case.
    "survey_live",
    survey.c.number,
    unique=True,
    where="phase <> 'ended'",
)
