"""Use cases of the citizen's side of live talks: sessions, the queue, the talk, its end.

Whatever the citizen must be told is an event in the same transaction.
"""

from datetime import datetime, timedelta

from api.catalogue.rules.limits import LimitUnit, TimeLimit
from api.contract.live import (
    Announced,
    AskLive,
    Confirm,
    LeaveTalk,
    LiveMessage,
    MessageTaken,
    TalkOut,
)
from api.live.rules import (
    NoSession,
    NotAsked,
    SessionState,
    Talk,
    TalkEnding,
    TalkNotFound,
    TalkState,
)
from api.live.service.parts import (
    close,
    hand_back,
    live_of,
    locked,
    ring,
    shown,
    tell_places,
    view,
)
from api.live.store import Line, Live
from api.people.rules.actor import Actor
from api.people.rules.permissions import Action, ContactPointRequired, authorize
from api.services.desk import ServiceDesk
from kernel.database.transaction import Transaction

_SILENCE = TimeLimit(3, LimitUnit.MINUTES)


def announced(tx: Transaction, desk: ServiceDesk) -> Announced:
    """Show the open session and the next one."""
    live, now = live_of(tx, desk), desk.clock.now()
    ahead = live.ahead(now)
    opened = next((session for session in ahead if session.state(now) is SessionState.OPEN), None)
    coming = next(
        (session for session in ahead if session.state(now) is SessionState.PLANNED), None
    )
    return Announced(
        open=shown(live, desk, opened) if opened is not None else None,
        next=shown(live, desk, coming) if coming is not None else None,
    )


def ask(tx: Transaction, desk: ServiceDesk, actor: Actor, order: AskLive) -> TalkOut:
    """Join the queue; a citizen with a waiting or running talk stays there.

    Raises:
        NoSession: no leader is on duty now.
    """
    point = _citizen(actor)
    work, live, now = desk.work(tx), live_of(tx, desk), desk.clock.now()
    opened = next(
        (planned for planned in live.ahead(now) if planned.state(now) is SessionState.OPEN), None
    )
    session = live.session(opened.id, to_change=True) if opened is not None else None
    last = live.last_of(point)
    if last is not None and last.state is not TalkState.ENDED:
        return view(live, last)
    if session is None or session.state(now) is not SessionState.OPEN:
        raise NoSession
    work.citizens.register(point, order.channel, order.language, now)
    talk = Talk(
        id=desk.ids.new("ltk"),
        session=session.id,
        contact_point=point,
        channel=order.channel,
        language=order.language,
        ticket=live.next_ticket(session.id),
        asked_at=now,
    )
    live.add(talk)
    talk.told_place = live.place(talk)
    live.save(talk)
    ring(tx, desk, talk)
    return view(live, talk)


def message(tx: Transaction, desk: ServiceDesk, actor: Actor, order: LiveMessage) -> MessageTaken:
    """Store a citizen's message exactly once for the leader.

    A finished talk accepts no message: the answer says so, and the bot continues.

    Raises:
        TalkNotFound: this citizen never asked for the leader.
    """
    live, now = live_of(tx, desk), desk.clock.now()
    talk = live.last_of(_citizen(actor), to_change=True)
    if talk is None:
        raise TalkNotFound
    if live.said(talk.id, order.message_id) is not None:
        waiting = talk.state is TalkState.WAITING
        return MessageTaken(taken=True, talk=view(live, talk), tell_place=waiting)
    if talk.state is TalkState.ENDED:
        return MessageTaken(taken=False, talk=view(live, talk))
    talk.heard(now, order.danger)
    live.write(
        Line(
            talk=talk.id,
            seq=talk.lines,
            at=now,
            speaker="citizen",
            name=None,
            key=order.message_id,
            text=order.text,
            attachments=order.attachments,
            danger=order.danger,
        )
    )
    tell_place = False
    if talk.state is TalkState.WAITING:
        place = live.place(talk)
        tell_place = talk.lines == 1 or place != talk.told_place
        talk.told_place = place
    live.save(talk)
    ring(tx, desk, talk)
    return MessageTaken(taken=True, talk=view(live, talk), tell_place=tell_place)


def standing(tx: Transaction, desk: ServiceDesk, actor: Actor) -> TalkOut:
    """Show the citizen's latest talk.

    Raises:
        TalkNotFound: this citizen never asked for the leader.
    """
    live = live_of(tx, desk)
    talk = live.last_of(_citizen(actor))
    if talk is None:
        raise TalkNotFound
    return view(live, talk)


def leave(
    tx: Transaction, desk: ServiceDesk, actor: Actor, order: LeaveTalk | None = None
) -> TalkOut:
    """Leave the queue or the talk, at the citizen's request.

    With an order only that talk is left, and only with that fence: nothing happens when a leader
    has taken it since.

    Raises:
        TalkNotFound: this citizen never asked for the leader.
    """
    live, now = live_of(tx, desk), desk.clock.now()
    last = live.last_of(_citizen(actor))
    if last is None:
        raise TalkNotFound
    talk = locked(live, last.id)
    meant = order is None or (order.talk, order.fence) == (talk.id, talk.fence)
    if meant and talk.state is not TalkState.ENDED:
        talk.end(TalkEnding.LEFT, now)
        live.save(talk)
        tell_places(live, talk.session, now)
        ring(tx, desk, talk)
    return view(live, talk)


def confirm(tx: Transaction, desk: ServiceDesk, actor: Actor, id_: str, order: Confirm) -> TalkOut:
    """Record the citizen's answer whether it is solved.

    If it is not solved and the session is open, the citizen returns to the front of the queue.

    Raises:
        TalkNotFound: it is not this citizen's.
        NotAsked: the citizen was not asked, or gave another answer before.
    """
    point = _citizen(actor)
    live, now = live_of(tx, desk), desk.clock.now()
    talk = locked(live, id_)
    if talk.contact_point != point:
        raise TalkNotFound
    if talk.ending is not TalkEnding.ASKED:
        if (talk.ending is TalkEnding.SOLVED) is not order.solved:
            raise NotAsked(talk=id_)
        return view(live, talk)
    talk.confirm(solved=order.solved)
    if not order.solved and _may_return(live, talk, now):
        talk.queue_again()
        live.save(talk)
        talk.told_place = live.place(talk)
    live.save(talk)
    ring(tx, desk, talk)
    return view(live, talk)


def _may_return(live: Live, talk: Talk, now: datetime) -> bool:
    session = live.session(talk.session)
    last = live.last_of(talk.contact_point)
    is_open = session is not None and session.state(now) is SessionState.OPEN
    return is_open and last is not None and last.id == talk.id


def _citizen(actor: Actor) -> str:
    authorize(actor, Action.TALK_TO_LEADER)
    if actor.contact_point is None:
        raise ContactPointRequired
    return actor.contact_point


def something_due(tx: Transaction, desk: ServiceDesk) -> bool:
    """Return whether `sweep` would find anything; reads only."""
    live, now = live_of(tx, desk), desk.clock.now()
    return bool(live.silent_since(now - _silence(desk)) or live.run_out(now))


def sweep(tx: Transaction, desk: ServiceDesk) -> int:
    """Hand back talks without an answer or in a finished session; return their number.

    A running talk continues after the session's time: it ends in its own way.
    """
    live, now = live_of(tx, desk), desk.clock.now()
    limit = _silence(desk)
    handed = 0
    for id_ in live.silent_since(now - limit):
        talk = live.talk(id_, to_change=True)
        if talk is not None and talk.silent(now, limit):
            hand_back(live, talk, TalkEnding.SILENCE, now)
            ring(tx, desk, talk)
            handed += 1
    for id_ in live.run_out(now):
        session = live.session(id_, to_change=True)
        if session is not None and session.ended_at is None:
            handed += close(tx, desk, live, session, TalkState.WAITING)
    return handed


def _silence(desk: ServiceDesk) -> timedelta:
    limit = desk.catalogue.city.clocks.get("live_silence", _SILENCE)
    return timedelta(minutes=limit.rough_minutes)
