"""Shared parts of the use cases of leaders on duty: load, lock, show, hand back."""

from datetime import datetime

from api.contract.live import SessionOut, TalkOut
from api.live.rules import (
    Session,
    SessionNotFound,
    Talk,
    TalkEnding,
    TalkNotFound,
    TalkState,
    worth_telling,
)
from api.live.service import views
from api.live.store import Live
from api.services.desk import ServiceDesk
from kernel.database.transaction import Transaction


def topic(session: str) -> str:
    """Return the bell topic of a session's changes."""
    return f"live:{session}"


def live_of(tx: Transaction, desk: ServiceDesk) -> Live:
    """Open the repository of sessions and talks of a transaction."""
    return Live(tx, desk.keyring, desk.work(tx).events)


def locked(live: Live, id_: str) -> Talk:
    """Lock a talk's session, then the talk, for changes of the queue."""
    known = live.talk(id_)
    if known is None:
        raise TalkNotFound
    live.session(known.session, to_change=True)
    return talk_to_change(live, id_)


def talk_to_change(live: Live, id_: str) -> Talk:
    """Read and lock a talk; `TalkNotFound` when there is none."""
    talk = live.talk(id_, to_change=True)
    if talk is None:
        raise TalkNotFound
    return talk


def session_of(live: Live, id_: str, *, to_change: bool = False) -> Session:
    """Read a session; `SessionNotFound` when there is none."""
    session = live.session(id_, to_change=to_change)
    if session is None:
        raise SessionNotFound
    return session


def view(live: Live, talk: Talk) -> TalkOut:
    """Show a talk, with its place while it waits."""
    place = live.place(talk) if talk.state is TalkState.WAITING else None
    return views.talk(session_of(live, talk.session), talk, place=place)


def shown(live: Live, desk: ServiceDesk, session: Session) -> SessionOut:
    """Show a session in its present state."""
    counts = live.counts(session.id)
    return views.session(desk.catalogue, session, desk.clock.now(), counts)


def ring(tx: Transaction, desk: ServiceDesk, talk: Talk) -> None:
    """Signal the talk's session after the commit."""
    session = talk.session
    tx.after_commit(lambda: desk.ring(topic(session)))


def hand_back(live: Live, talk: Talk, ending: TalkEnding, now: datetime) -> None:
    """End a locked talk, and send the event to the citizen's side, which continues."""
    name, met = talk.owner_name, talk.joined_at is not None
    talk.end(ending, now)
    live.save(talk)
    live.tell(talk, "live.ended", now, how=ending.value, name=name, met=met)


def tell_places(live: Live, session: str, now: datetime) -> None:
    """Send their new place to citizens who moved forward; the session is locked."""
    for place, talk in enumerate(live.talks(session, TalkState.WAITING, to_change=True), 1):
        if worth_telling(talk.told_place, place):
            talk.told_place = place
            live.save(talk)
            live.tell(talk, "live.waiting", now, place=place)


def close(
    tx: Transaction, desk: ServiceDesk, live: Live, session: Session, *states: TalkState
) -> int:
    """End a locked session, and hand back its talks in these states; return their number."""
    now = desk.clock.now()
    session.ended_at = now
    live.end_session(session)
    talks = live.talks(session.id, *states, to_change=True)
    for talk in talks:
        hand_back(live, talk, TalkEnding.SESSION, now)
    tx.after_commit(lambda: desk.ring(topic(session.id)))
    return len(talks)
