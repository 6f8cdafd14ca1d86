"""Use cases of a leader's desk: sessions, claims, answers, and the result of a talk."""

from collections.abc import Collection
from datetime import datetime

from api.catalogue.rules.errors import UnitUnknown
from api.catalogue.service import names
from api.contract import CaseOut, OpenCase
from api.contract.live import (
    EndTalk,
    FileTalk,
    Say,
    TalkOut,
    Transcript,
)
from api.contract.wire import MAX_WORDS
from api.domain.cases.routing import CodedReason, Ruling
from api.live.rules import (
    Talk,
    TalkEnding,
    TalkNotFiled,
    TalkNotFound,
    TalkState,
)
from api.live.service import views as live_views
from api.live.service.parts import (
    hand_back,
    live_of,
    locked,
    ring,
    session_of,
    talk_to_change,
    tell_places,
    view,
)
from api.live.store import Line, Live
from api.people.rules.actor import Actor, Role
from api.people.rules.permissions import Action, authorize
from api.services.cases.views import whole
from api.services.desk import ServiceDesk
from api.services.moves.opening import open_case
from kernel.database.transaction import Transaction

_FILES = 20
"""Most files of a new case."""


def transcript(
    tx: Transaction, desk: ServiceDesk, actor: Actor, id_: str, *, after: int = 0
) -> Transcript:
    """Show the lines of a talk after line `after`.

    Raises:
        TalkNotFound: there is none.
    """
    authorize(actor, Action.WATCH_LIVE_DESK)
    live = live_of(tx, desk)
    talk = live.talk(id_)
    if talk is None:
        raise TalkNotFound
    lines = tuple(live_views.line(line) for line in live.lines(id_, after))
    return Transcript(talk=view(live, talk), lines=lines)


def claim(tx: Transaction, desk: ServiceDesk, actor: Actor, id_: str) -> TalkOut:
    """Claim a talk, from the queue or from another owner, whose answers are then refused.

    Raises:
        TalkNotFound: there is none.
        SeatLost: it is over.
    """
    authorize(actor, Action.HOST_LIVE_SESSION)
    live, now = live_of(tx, desk), desk.clock.now()
    talk = locked(live, id_)
    session = session_of(live, talk.session)
    again = talk.state is TalkState.LIVE and talk.owner == actor.id
    host = actor.id == session.leader.id
    name = session.leader.name if host else actor.name
    talk.take(actor.id, name, now)
    live.save(talk)
    title = names(session.leader.title).model_dump() if host else None
    live.tell(talk, "live.joined", now, name=name, title=title, again=again)
    tell_places(live, talk.session, now)
    ring(tx, desk, talk)
    return view(live, talk)


def say(
    tx: Transaction,
    desk: ServiceDesk,
    actor: Actor,
    id_: str,
    order: Say,
    *,
    key: str | None = None,
) -> TalkOut:
    """Answer the citizen; with an idempotency key only once.

    Raises:
        TalkNotFound: there is none.
        SeatLost: the actor does not have the talk since `fence`. The answer was not sent.
    """
    authorize(actor, Action.HOST_LIVE_SESSION)
    live, now = live_of(tx, desk), desk.clock.now()
    talk = talk_to_change(live, id_)
    mine = None if key is None else f"{actor.id}:{key}"[:200]
    if mine is not None and live.said(id_, mine) is not None:
        return view(live, talk)
    talk.hold(actor.id, order.fence)
    talk.answered()
    live.save(talk)
    live.write(
        Line(
            talk=id_,
            seq=talk.lines,
            at=now,
            speaker="leader",
            name=talk.owner_name,
            key=mine,
            text=order.text,
        )
    )
    live.tell(talk, "live.said", now, text=order.text, name=talk.owner_name, line=talk.lines)
    ring(tx, desk, talk)
    return view(live, talk)


def end(tx: Transaction, desk: ServiceDesk, actor: Actor, id_: str, order: EndTalk) -> TalkOut:
    """End a talk: as solved, which the citizen is asked to confirm, or as closed.

    Raises:
        TalkNotFound: there is none.
        SeatLost: the actor does not have the talk since `fence`.
    """
    authorize(actor, Action.HOST_LIVE_SESSION)
    live, now = live_of(tx, desk), desk.clock.now()
    talk = talk_to_change(live, id_)
    talk.hold(actor.id, order.fence)
    hand_back(live, talk, TalkEnding.ASKED if order.how == "solved" else TalkEnding.CLOSED, now)
    ring(tx, desk, talk)
    return view(live, talk)


def file(
    tx: Transaction, desk: ServiceDesk, actor: Actor, id_: str, order: FileTalk, *, number: str
) -> CaseOut:
    """Open a case from a talk: for the named unit, or answered online if it was solved.

    Raises:
        TalkNotFound: there is none.
        SeatLost: it is running, and the actor does not have it since `fence`.
        TalkNotFiled: it is neither running nor solved.
        UnitUnknown, CategoryUnknown: the catalogue does not have it.
    """
    authorize(actor, Action.HOST_LIVE_SESSION)
    work, live, now = desk.work(tx), live_of(tx, desk), desk.clock.now()
    talk = talk_to_change(live, id_)
    if talk.case_number is None:
        unit = desk.catalogue.units.get(order.unit)
        if unit is None:
            raise UnitUnknown(unit=order.unit)
        solved = talk.ending is TalkEnding.SOLVED
        if not solved and talk.state is TalkState.ENDED:
            raise TalkNotFiled(talk=id_)
        if not solved:
            talk.hold(actor.id, order.fence)
        citizen = Actor("live", Role.SERVICE, contact_point=talk.contact_point)
        loose = {attachment.id for attachment in work.attachments.unbound([talk.contact_point])}
        matter = _matter(live, talk, order, loose)
        leader = talk.owner_name or actor.name or ""
        because = CodedReason("leader_named", {"unit": unit.names, "leader": leader})
        ruling = Ruling(unit, (because,), answered=solved)
        case = open_case(tx, desk, citizen, matter, number=number, key=None, ruling=ruling)
        talk.case_number = case.number
        _filed(live, talk, case, now)
        ring(tx, desk, talk)
    filed = work.cases.get(talk.case_number)
    if filed is None:
        raise TalkNotFiled(talk=id_)
    return whole(desk.catalogue, actor, filed)


def _filed(live: Live, talk: Talk, case: CaseOut, now: datetime) -> None:
    if talk.state is TalkState.LIVE:
        talk.end(TalkEnding.CASE, now)
    live.save(talk)
    unit = case.unit
    live.tell(
        talk,
        "live.case",
        now,
        number=case.number,
        solved=talk.ending is TalkEnding.SOLVED,
        unit=unit and unit.model_dump(),
        due_at=case.due_at and case.due_at.isoformat(),
        access_code=case.access_code,
    )


def _matter(live: Live, talk: Talk, order: FileTalk, loose: Collection[str]) -> OpenCase:
    """Make the request; it includes files of the talk that belong to no case yet."""
    said = [line for line in live.lines(talk.id) if line.speaker == "citizen"]
    files = [id_ for line in said for id_ in line.attachments if id_ in loose]
    happened = order.happened
    if happened is None:
        own = [line.text for line in said if line.text]
        happened = "\n".join(own)
        while len(happened) > MAX_WORDS:  # the talk still has all words
            own.pop()
            happened = "\n".join(own)
    if not happened:
        raise TalkNotFiled(talk=talk.id)
    return OpenCase.model_validate(
        {
            "contact_point": talk.contact_point,
            "channel": talk.channel,
            "language": talk.language,
            "kind": order.kind,
            "category": order.category,
            "happened": happened,
            "place": order.place and order.place.model_dump(exclude_none=True),
            "demand": order.demand,
            "contact": order.contact.model_dump(exclude_none=True),
            "attachments": list(dict.fromkeys(files))[:_FILES],
        }
    )
