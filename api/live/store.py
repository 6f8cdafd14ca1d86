"""Repository of sessions, talks and their lines, and their events.

Locks are taken in a fixed order, the session before its talks: every change of the queue locks the
session first.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, bindparam, func, select, text

from api.catalogue.rules.texts import Text
from api.domain.cases.events import NewEvent
from api.live.rules import Leader, Session, SessionFigures, Talk, TalkEnding, TalkState
from api.live.tables import live_line, live_session, live_talk
from api.metadata import metadata
from api.store.events.events import Events
from kernel.database.transaction import Transaction
from kernel.privacy import keeping
from kernel.privacy.crypto import Keyring

_s, _t, _l = live_session.c, live_talk.c, live_line.c
_FIELDS = tuple(field.name for field in fields(Talk))

_SESSION = select(live_session).where(_s.id == bindparam("of_id"))
_SESSION_TO_CHANGE = _SESSION.with_for_update()
_TALK = select(live_talk).where(_t.id == bindparam("of_id"))
_TALK_TO_CHANGE = _TALK.with_for_update()
_LAST_TALK = (
    select(live_talk)
    .where(_t.contact_point == bindparam("of_point"))
    .order_by(_t.id.desc())
    .limit(1)
)
_LAST_TALK_TO_CHANGE = _LAST_TALK.with_for_update()
_ADD_TALK = live_talk.insert()
_ADD_LINE = live_line.insert()
_LINE = select(live_line).where(_l.talk == bindparam("of_talk"), _l.key == bindparam("of_key"))
_LINES = (
    select(live_line)
    .where(_l.talk == bindparam("of_talk"), _l.seq > bindparam("after"))
    .order_by(_l.seq)
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a talk; `key` is the sender's own id of it."""

    talk: str
    seq: int
    at: datetime
    speaker: str
    name: str | None
    key: str | None
    text: str | None
    attachments: tuple[str, ...] = ()
    danger: str | None = None


class Live:
    """The sessions and talks of one transaction."""

    def __init__(self, tx: Transaction, keyring: Keyring, events: Events) -> None:
        self._tx = tx
        self._keyring = keyring
        self._events = events

    # Sessions

    def add_session(self, session: Session) -> None:
        """Write a new session."""
        self._tx.execute(live_session.insert(), {"id": session.id, **_session_row(session)})

    def lock_sessions(self) -> None:
        """Lock the announcing of sessions until this transaction ends.

        SQLite has only one writer anyway.
        """
        if self._tx.dialect == "postgresql":
            self._tx.execute(text("LOCK TABLE live_session IN SHARE ROW EXCLUSIVE MODE"))

    def session(self, id_: str, *, to_change: bool = False) -> Session | None:
        """Read a session, and with `to_change` lock its queue."""
        query = _SESSION_TO_CHANGE if to_change else _SESSION
        row = self._tx.execute(query, {"of_id": id_}).mappings().one_or_none()
        return None if row is None else _session(row)

    def end_session(self, session: Session) -> None:
        """Write the end of a session."""
        self._tx.execute(
            live_session.update().where(_s.id == session.id).values(ended_at=session.ended_at)
        )

    def ahead(self, now: datetime, limit: int = 20) -> list[Session]:
        """List the sessions that have not ended at `now`, the earliest first."""
        query = select(live_session).where(_s.closes_at > now, _s.ended_at.is_(None))
        return self._sessions(query.order_by(_s.opens_at, _s.id).limit(limit))

    def latest(self, limit: int) -> list[Session]:
        """List sessions, the latest first."""
        return self._sessions(
            select(live_session).order_by(_s.opens_at.desc(), _s.id.desc()).limit(limit)
        )

    def run_out(self, now: datetime) -> list[str]:
        """List the sessions whose time is over and that were not ended."""
        query = select(_s.id).where(_s.closes_at <= now, _s.ended_at.is_(None)).order_by(_s.id)
        return list(self._tx.execute(query).scalars())

    def _sessions(self, query: Select[Any]) -> list[Session]:
        return [_session(row) for row in self._tx.execute(query).mappings()]

    # Talks

    def add(self, talk: Talk) -> None:
        """Write a new talk.

        Raises:
            sqlalchemy.exc.IntegrityError: this contact point has an open one.
        """
        self._tx.execute(_ADD_TALK, _talk_row(talk))

    def talk(self, id_: str, *, to_change: bool = False) -> Talk | None:
        """Read a talk, and with `to_change` lock it."""
        query = _TALK_TO_CHANGE if to_change else _TALK
        row = self._tx.execute(query, {"of_id": id_}).mappings().one_or_none()
        return None if row is None else _talk(row)

    def last_of(self, contact_point: str, *, to_change: bool = False) -> Talk | None:
        """Read the latest talk of a contact point, or its open one."""
        query = _LAST_TALK_TO_CHANGE if to_change else _LAST_TALK
        row = self._tx.execute(query, {"of_point": contact_point}).mappings().one_or_none()
        return None if row is None else _talk(row)

    def save(self, talk: Talk) -> None:
        """Write the changes of a locked talk."""
        self._tx.execute(live_talk.update().where(_t.id == talk.id).values(_talk_row(talk)))

    def talks(self, session: str, *states: TalkState, to_change: bool = False) -> list[Talk]:
        """List the talks of a session in these states, in the order of the queue."""
        query = select(live_talk).where(_t.session == session, _t.state.in_(states))
        query = query.order_by(_t.ticket)
        rows = self._tx.execute(query.with_for_update() if to_change else query).mappings()
        return [_talk(row) for row in rows]

    def of_points(self, points: Sequence[str]) -> list[Talk]:
        """List all talks of some contact points, oldest first."""
        query = select(live_talk).where(_t.contact_point.in_(list(points))).order_by(_t.id)
        return [_talk(row) for row in self._tx.execute(query).mappings()]

    def place(self, talk: Talk) -> int:
        """Return a talk's place in the queue, from 1."""
        ahead: int = self._tx.scalar(
            select(func.count()).where(
                _t.session == talk.session,
                _t.state == TalkState.WAITING,
                _t.ticket <= talk.ticket,
            )
        )
        return ahead

    def counts(self, session: str) -> Mapping[str, int]:
        """Count the talks of a session by state."""
        query = select(_t.state, func.count().label("talks")).where(_t.session == session)
        rows = self._tx.execute(query.group_by(_t.state)).mappings()
        return {row["state"]: row["talks"] for row in rows}

    def next_ticket(self, session: str) -> int:
        """Return the next ticket of a locked session."""
        last: int | None = self._tx.scalar(select(func.max(_t.ticket)).where(_t.session == session))
        return (last or 0) + 1

    def silent_since(self, moment: datetime) -> list[str]:
        """List the talks whose leader has owed an answer since `moment` or longer."""
        query = select(_t.id).where(_t.state == TalkState.LIVE, _t.due_since <= moment)
        return list(self._tx.execute(query.order_by(_t.id)).scalars())

    def figures(self, session: str) -> SessionFigures:
        """Count the figures of a session."""
        return self._figures(_t.session == session)

    def figures_between(self, start: datetime, end: datetime) -> tuple[int, SessionFigures]:
        """Count the sessions opened from `start` up to `end`, and their figures."""
        opened = (_s.opens_at >= start, _s.opens_at < end)
        sessions: int = self._tx.scalar(select(func.count()).where(*opened))
        return sessions, self._figures(_t.session.in_(select(_s.id).where(*opened)))

    def _figures(self, of: ColumnElement[bool]) -> SessionFigures:
        rows = self._tx.execute(
            select(
                _t.joined_at.is_not(None).label("met"),
                _t.ending,
                func.count().label("talks"),
                func.count(_t.case_number).label("filed"),
            )
            .where(of)
            .group_by("met", _t.ending)
        ).all()
        met = [row for row in rows if row.met]
        return SessionFigures(
            asked=sum(row.talks for row in rows),
            questions=sum(row.talks for row in met),
            solved=sum(row.talks for row in met if row.ending == TalkEnding.SOLVED),
            unconfirmed=sum(row.talks for row in met if row.ending == TalkEnding.ASKED),
            cases=sum(row.filed for row in met),
        )

    # Lines

    def said(self, talk: str, key: str) -> Line | None:
        """Find a line by its sender's `key`."""
        found = self._tx.execute(_LINE, {"of_talk": talk, "of_key": key})
        row = found.mappings().one_or_none()
        return None if row is None else self._line(row)

    def write(self, line: Line) -> None:
        """Add a line with encrypted words."""
        sealed = None
        if line.text is not None:
            sealed = self._keyring.encrypt(line.text.encode(), context=f"live.line:{line.talk}")
        self._tx.execute(
            _ADD_LINE,
            {
                "talk": line.talk,
                "seq": line.seq,
                "at": line.at,
                "speaker": line.speaker,
                "name": line.name,
                "key": line.key,
                "text_sealed": sealed,
                "attachments": list(line.attachments),
                "danger": line.danger,
            },
        )

    def lines(self, talk: str, after: int = 0) -> list[Line]:
        """Read the lines of a talk after `after`, in order."""
        rows = self._tx.execute(_LINES, {"of_talk": talk, "after": after}).mappings()
        return [self._line(row) for row in rows]

    def first_words(self, talks: Iterable[str]) -> Mapping[str, str]:
        """Read the citizen's first line in each of these talks."""
        firsts = (
            select(_l.talk, func.min(_l.seq).label("seq"))
            .where(_l.talk.in_(list(talks)), _l.speaker == "citizen", _l.text_sealed.is_not(None))
            .group_by(_l.talk)
            .subquery()
        )
        rows = self._tx.execute(
            select(live_line).join(firsts, (_l.talk == firsts.c.talk) & (_l.seq == firsts.c.seq))
        ).mappings()
        return {row["talk"]: self._line(row).text or "" for row in rows}

    def _line(self, row: RowMapping) -> Line:
        sealed = row["text_sealed"]
        return Line(
            talk=row["talk"],
            seq=row["seq"],
            at=row["at"],
            speaker=row["speaker"],
            name=row["name"],
            key=row["key"],
            text=None
            if sealed is None
            else self._keyring.decrypt(sealed, context=f"live.line:{row['talk']}").decode(),
            attachments=tuple(row["attachments"]),
            danger=row["danger"],
        )

    # Events

    def forget(self, talk: str) -> None:
        """Erase the words of a talk and its lines."""
        # Read at each call: slices register their tables after this module is loaded.
        keeping.erase(self._tx, reversed(metadata.sorted_tables), "talk", [talk])

    def tell(self, talk: Talk, type_: str, at: datetime, **data: object) -> None:
        """Append an event of a locked talk for the citizen's side."""
        about = {"talk": talk.id, "fence": talk.fence, **data}
        self._events.emit(NewEvent(type_, at, talk.contact_point, talk.id, about))


def _session(row: RowMapping) -> Session:
    return Session(
        id=row["id"],
        leader=Leader(row["leader"], row["leader_name"], Text(**row["leader_title"])),
        unit=row["unit"],
        scope=Text(**row["scope"]),
        opens_at=row["opens_at"],
        closes_at=row["closes_at"],
        ended_at=row["ended_at"],
    )


def _session_row(session: Session) -> dict[str, object]:
    return {
        "leader": session.leader.id,
        "leader_name": session.leader.name,
        "leader_title": _both(session.leader.title),
        "unit": session.unit,
        "scope": _both(session.scope),
        "opens_at": session.opens_at,
        "closes_at": session.closes_at,
        "ended_at": session.ended_at,
    }


def _both(words: Text) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}


def _talk(row: RowMapping) -> Talk:
    known: dict[str, Any] = {name: row[name] for name in _FIELDS}
    known["state"] = TalkState(known["state"])
    known["ending"] = TalkEnding(known["ending"]) if known["ending"] else None
    return Talk(**known)


def _talk_row(talk: Talk) -> dict[str, object]:
    return {name: getattr(talk, name) for name in _FIELDS}
