"""Tables of leaders on duty: sessions, talks and their lines."""

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
)

from api.metadata import metadata
from kernel.database.columns import Json, UtcDateTime, partial_index
from kernel.privacy.personal import Copied, Fate, Holds, Owner, Term, holds, plain

_TALK = Owner("talk", "id")
_LINES = Owner("talk", "talk")
_ENDED = Term("keep_talks_days", "ended_at")
_TALK_ENDED = Term(
    "keep_talks_days", "(SELECT ended_at FROM live_talk WHERE live_talk.id = live_line.talk)"
)
_LEADER = "the figures of a session name its leader"

live_session = Table(
    "live_session",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("leader", String(64), nullable=False),
    Column(
        "leader_name",
        String(500),
        nullable=False,
        info=holds(
            Holds.IDENTITY,
            Owner("staff", "leader"),
            until="as long as the session's figures",
            erased=Fate.KEPT,
            why=_LEADER,
        ),
    ),
    Column(
        "leader_title",
        Json,
        nullable=False,
        info=holds(
            Holds.IDENTITY,
            Owner("staff", "leader"),
            until="as long as the session's figures",
            erased=Fate.KEPT,
            why=_LEADER,
        ),
    ),
    Column("unit", String(64), nullable=False),
    Column("scope", Json, nullable=False),
    Column("opens_at", UtcDateTime, nullable=False),
    Column("closes_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Index(None, "closes_at"),
    info=plain("id leader unit scope opens_at closes_at ended_at"),
)

live_talk = Table(
    "live_talk",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("session", ForeignKey("live_session.id"), nullable=False),
    Column("contact_point", ForeignKey("contact_point.id"), nullable=False),
    Column("channel", String(64), nullable=False),
    Column("language", String(8), nullable=False),
    Column("ticket", Integer, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("state", String(16), nullable=False),
    Column("ending", String(16)),
    Column("told_place", Integer, nullable=False),
    Column("owner", String(64)),
    Column(
        "owner_name",
        String(500),
        info=holds(
            Holds.IDENTITY,
            Owner("staff", "owner"),
            until="as long as the session's figures",
            erased=Fate.KEPT,
            why=_LEADER,
        ),
    ),
    Column("fence", Integer, nullable=False),
    Column("lines", Integer, nullable=False),
    Column("danger", String(64), info=holds(Holds.WORDS, _TALK, until=_ENDED, copied=Copied.VIEW)),
    # Wiped to an empty text, because the session's figures count the talks with a case.
    Column(
        "case_number",
        String(24),
        info=holds(
            Holds.IDENTITY,
            _TALK,
            until="as long as the talk",
            erased=Fate.CODE,
            copied=Copied.VIEW,
            why="`api.live.service.privacy`: a talk without a case has none to wipe",
        ),
    ),
    Column("joined_at", UtcDateTime),
    Column("due_since", UtcDateTime),
    Column("ended_at", UtcDateTime),
    UniqueConstraint("session", "ticket"),
    info=plain(
        "id session contact_point channel language ticket asked_at state ending told_place owner"
        " fence lines joined_at due_since ended_at"
    ),
)

partial_index(
    # One open talk per contact point: a second request is the same one.
    "live_talk_open",
    live_talk.c.contact_point,
    unique=True,
    where="state <> 'ended'",
)
Index("live_talk_contact_point", live_talk.c.contact_point, live_talk.c.id)

live_line = Table(
    "live_line",
    metadata,
    Column("talk", ForeignKey("live_talk.id"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("speaker", String(16), nullable=False),
    Column(
        "name",
        String(500),
        info=holds(
            Holds.IDENTITY,
            Owner("staff", "speaker"),
            until="as long as the talk",
            erased=Fate.KEPT,
            why=_LEADER,
        ),
    ),
    # The sender's own id of the line: its idempotency key.
    Column("key", String(200)),
    Column(
        "text_sealed",
        LargeBinary,
        info=holds(
            Holds.WORDS,
            _LINES,
            until=_TALK_ENDED,
            copied=Copied.VIEW,
            sealed="live.line:{talk}",
        ),
    ),
    Column(
        "attachments",
        Json,
        nullable=False,
        info=holds(Holds.WORDS, _LINES, until=_TALK_ENDED, copied=Copied.VIEW, empty=[]),
    ),
    Column(
        "danger", String(64), info=holds(Holds.WORDS, _LINES, until=_TALK_ENDED, copied=Copied.VIEW)
    ),
    UniqueConstraint("talk", "key"),
    info=plain("talk seq at speaker key"),
)
