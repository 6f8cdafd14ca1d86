"""Who somebody is: two channels become one citizen, and a receipt opens its case elsewhere.

Only what was shown on the one channel and typed on the other proves anything; a telephone number
that somebody types proves nothing. Wrong codes are written down, so a wrong one is an answer here
(None) and not a refusal, which would undo the note of it.
"""

import hmac
from dataclasses import replace
from datetime import datetime, timedelta
from typing import overload

from api.contract import AskJoinCode, CaseOut, Follow, Join, JoinCodeOut, Joined
from api.domain import codes
from api.domain.actor import Actor, Role
from api.domain.errors import ContactPointRequired, TriesUsedUp
from api.domain.numbers import is_case_number
from api.domain.permissions import Action, authorize
from api.services import views
from api.services.desk import ServiceDesk
from api.services.reading import find
from api.store.citizens import ContactPoint
from api.store.identity import JOIN
from api.store.work import Work
from kernel.transaction import Transaction


@overload
def point_of(work: Work, desk: ServiceDesk, actor: Actor) -> ContactPoint | None: ...
@overload
def point_of(
    work: Work, desk: ServiceDesk, actor: Actor, channel: str, language: str
) -> ContactPoint: ...
def point_of(
    work: Work, desk: ServiceDesk, actor: Actor, channel: str | None = None, language: str = "zh"
) -> ContactPoint | None:
    """Find the contact point that is spoken for; with a channel it is made known if need be.

    Raises:
        ContactPointRequired: the service names none.
    """
    if actor.contact_point is None:
        raise ContactPointRequired
    if channel is None:
        return work.citizens.at(actor.contact_point)
    return work.citizens.register(actor.contact_point, channel, language, desk.clock.now())


def show_code(tx: Transaction, desk: ServiceDesk, actor: Actor, order: AskJoinCode) -> JoinCodeOut:
    """Make a code to be typed on another channel; an older one of this channel ends."""
    authorize(actor, Action.MANAGE_OWN_DATA)
    work = desk.work(tx)
    point = point_of(work, desk, actor, order.channel, order.language)
    code = codes.make(desk.ids.secret(), codes.JOIN_LETTERS)
    expires_at = desk.clock.now() + codes.JOIN_LIFE
    work.identity.put_code(code, point.id, expires_at)
    return JoinCodeOut(code=codes.grouped(code), expires_at=expires_at)


def join(tx: Transaction, desk: ServiceDesk, actor: Actor, order: Join) -> Joined | None:
    """Make one citizen of the channel that showed the code and the one on which it was typed.

    None: the code joins nothing; that was noted.

    Raises:
        TriesUsedUp: too many wrong ones from here.
    """
    authorize(actor, Action.MANAGE_OWN_DATA)
    work, now = desk.work(tx), desk.clock.now()
    point = point_of(work, desk, actor, order.channel, order.language)
    work.identity.hold(point.id)
    since = now - codes.JOIN_WINDOW
    _limit(
        work.identity.tries_of(point.id, joining=True, since=since),
        codes.JOIN_TRIES,
        codes.JOIN_WINDOW,
    )
    shown = work.identity.take_code(codes.typed(order.code), now)
    showing = work.citizens.at(shown) if shown is not None else None
    if showing is None or showing.id == point.id:
        work.identity.wrong(point.id, JOIN, now)
        return None
    if showing.citizen != point.citizen:
        work.identity.join(showing.citizen, point.citizen)
        work.audit.note(as_citizen(actor, showing.citizen), "citizen.joined", None, now)
    points = map(work.citizens.at, work.identity.points_of(showing.citizen))
    return Joined(channels=tuple(dict.fromkeys(contact.channel for contact in points if contact)))


def follow(tx: Transaction, desk: ServiceDesk, actor: Actor, order: Follow) -> CaseOut | None:
    """Let this channel follow one case, by the number and the access code of its receipt.

    None: no such case, or not its code; which of the two is not told, and it was noted.

    Raises:
        TriesUsedUp: too many wrong ones from here.
    """
    authorize(actor, Action.MANAGE_OWN_DATA)
    work, now = desk.work(tx), desk.clock.now()
    point = point_of(work, desk, actor, order.channel, order.language)
    work.identity.hold(point.id)
    number = order.number.strip()
    mine = work.identity.tries_of(point.id, joining=False, since=now - codes.FOLLOW_WINDOW)
    _limit(mine, codes.FOLLOW_TRIES, codes.FOLLOW_WINDOW)
    wanted = work.identity.access_index(number) if is_case_number(number) else None
    typed = work.identity.access_code_index(codes.typed(order.access_code))
    # Compared in any case, and in a time that tells nothing.
    if not hmac.compare_digest(typed, wanted or bytes(len(typed))):
        work.identity.wrong(point.id, number, now)
        return None
    work.identity.follow(number, point.id, now)
    return views.whole(desk.catalogue, actor, find(work, actor, number))


def as_citizen(actor: Actor, citizen: str) -> Actor:
    """Name the citizen, and not the service that speaks for them, as who acts."""
    return replace(actor, id=citizen, role=Role.CITIZEN, name=None)


def _limit(tries: tuple[int, datetime | None], most: int, window: timedelta) -> None:
    count, first = tries
    if count >= most and first is not None:
        raise TriesUsedUp(next_at=(first + window).isoformat())
