"""Sessions of leaders on duty: announced, ended, watched, counted."""

from datetime import datetime

from api.catalogue.rules.errors import UnitUnknown
from api.catalogue.rules.texts import Text
from api.contract.live import (
    FiguresOut,
    LiveDesk,
    OpenSession,
    SessionOut,
    SessionPage,
    TalkOut,
)
from api.live.rules import (
    Leader,
    Session,
    SessionFigures,
    SessionOverlaps,
    SessionTimesInvalid,
    Talk,
    TalkState,
)
from api.live.service import views as live_views
from api.live.service.parts import (
    close,
    live_of,
    session_of,
    shown,
)
from api.people.rules.actor import Actor
from api.people.rules.permissions import Action, authorize
from api.services.desk import ServiceDesk
from kernel.database.transaction import Transaction

_OVER = 50
"""Most finished talks on the desk."""


def open_session(
    tx: Transaction, desk: ServiceDesk, actor: Actor, order: OpenSession
) -> SessionOut:
    """Announce a session of the actor's own.

    Raises:
        UnitUnknown: the catalogue has no such unit.
        SessionTimesInvalid: the end is before the start, or in the past.
        SessionOverlaps: another session overlaps.
    """
    authorize(actor, Action.HOST_LIVE_SESSION)
    live, now = live_of(tx, desk), desk.clock.now()
    if order.unit not in desk.catalogue.units:
        raise UnitUnknown(unit=order.unit)
    if order.closes_at <= max(order.opens_at, now):
        raise SessionTimesInvalid
    live.lock_sessions()
    for other in live.ahead(now):
        if order.opens_at < other.closes_at and other.opens_at < order.closes_at:
            raise SessionOverlaps(session=other.id)
    session = Session(
        id=desk.ids.new("lvs"),
        leader=Leader(actor.id, order.name, Text(order.title.zh, order.title.en)),
        unit=order.unit,
        scope=Text(order.scope.zh, order.scope.en),
        opens_at=order.opens_at,
        closes_at=order.closes_at,
    )
    live.add_session(session)
    return shown(live, desk, session)


def end_session(tx: Transaction, desk: ServiceDesk, actor: Actor, id_: str) -> SessionOut:
    """End a session early: all its talks are handed back with words.

    Raises:
        SessionNotFound: there is none.
    """
    authorize(actor, Action.HOST_LIVE_SESSION)
    live = live_of(tx, desk)
    session = session_of(live, id_, to_change=True)
    if session.ended_at is None:
        close(tx, desk, live, session, TalkState.WAITING, TalkState.LIVE)
    return shown(live, desk, session)


def sessions(tx: Transaction, desk: ServiceDesk, actor: Actor, *, limit: int) -> SessionPage:
    """List sessions, the latest first."""
    authorize(actor, Action.WATCH_LIVE_DESK)
    live = live_of(tx, desk)
    return SessionPage(items=tuple(shown(live, desk, session) for session in live.latest(limit)))


def watch(tx: Transaction, desk: ServiceDesk, actor: Actor, id_: str) -> LiveDesk:
    """Show a session's desk: running talks, waiting ones (danger first), finished ones.

    Raises:
        SessionNotFound: there is none.
    """
    authorize(actor, Action.WATCH_LIVE_DESK)
    live = live_of(tx, desk)
    session = session_of(live, id_)
    waiting = live.talks(id_, TalkState.WAITING)
    talking = live.talks(id_, TalkState.LIVE)
    over = sorted(
        live.talks(id_, TalkState.ENDED),
        key=lambda talk: talk.ended_at or talk.asked_at,
        reverse=True,
    )[:_OVER]
    about = live.first_words(talk.id for talk in (*waiting, *talking, *over))

    def show(talk: Talk, place: int | None = None) -> TalkOut:
        return live_views.talk(session, talk, place=place, about=about.get(talk.id))

    queue = [show(talk, place) for place, talk in enumerate(waiting, 1)]
    return LiveDesk(
        session=shown(live, desk, session),
        live=tuple(show(talk) for talk in talking),
        waiting=tuple(sorted(queue, key=lambda talk: (talk.danger is None, talk.place))),
        over=tuple(show(talk) for talk in over),
    )


def figures(tx: Transaction, desk: ServiceDesk, actor: Actor, id_: str) -> FiguresOut:
    """Count the figures of a session from its records.

    Raises:
        SessionNotFound: there is none.
    """
    authorize(actor, Action.WATCH_LIVE_DESK)
    live = live_of(tx, desk)
    session_of(live, id_)
    return live_views.figures(id_, live.figures(id_))


def figures_between(
    tx: Transaction, desk: ServiceDesk, start: datetime, end: datetime
) -> tuple[int, SessionFigures]:
    """Count the sessions opened from `start` up to `end`, and their figures.

    The caller has checked who may read figures.
    """
    return live_of(tx, desk).figures_between(start, end)
