"""What the use cases of leaders on duty share: loading, locking, showing, handing back."""

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
    """Name the bell's topic that is rung when anything of a session changes."""
    return f"live:{session}"


def live_of(tx: Transaction, desk: ServiceDesk) -> Live:
    """Begin to work on the sessions and talks of a transaction."""
    return Live(tx, desk.keyring, desk.work(tx).events)


def locked(live: Live, id_: str) -> Talk:
    """Lock a talk's session, then the talk: for what changes the queue."""
    known = live.talk(id_)
    if known is None:
        raise TalkNotFound
    live.session(known.session, to_change=True)
    return talk_to_change(live, id_)


def talk_to_change(live: Live, id_: str) -> Talk:
    """Read a talk and keep it from others; `TalkNotFound` when there is none."""
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
    """Show a session as it stands now."""
    counts = live.counts(session.id)
    return views.session(desk.catalogue, session, desk.clock.now(), counts)


def ring(tx: Transaction, desk: ServiceDesk, talk: Talk) -> None:
    """Wake who watches the talk's session, once this is durable."""
    session = talk.session
    tx.after_commit(lambda: desk.ring(topic(session)))


def hand_back(live: Live, talk: Talk, ending: TalkEnding, now: datetime) -> None:
    """End a talk that is locked, and tell the citizen's side, which goes on."""
    name, met = talk.owner_name, talk.joined_at is not None
    talk.end(ending, now)
    live.save(talk)
    live.tell(talk, "live.ended", now, how=ending.value, name=name, met=met)


def tell_places(live: Live, session: str, now: datetime) -> None:
    """Tell those whose place changed much; the session is locked."""
    for place, talk in enumerate(live.talks(session, TalkState.WAITING, to_change=True), 1):
        if worth_telling(talk.told_place, place):
            talk.told_place = place
            live.save(talk)
            live.tell(talk, "live.waiting", now, place=place)


def close(
    tx: Transaction, desk: ServiceDesk, live: Live, session: Session, *states: TalkState
) -> int:
    """End a session that is locked, and hand back its talks in these states; give how many."""
    now = desk.clock.now()
    session.ended_at = now
    live.end_session(session)
    talks = live.talks(session.id, *states, to_change=True)
    for talk in talks:
        hand_back(live, talk, TalkEnding.SESSION, now)
    tx.after_commit(lambda: desk.ring(topic(session.id)))
    return len(talks)
