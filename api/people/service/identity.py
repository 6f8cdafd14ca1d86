"""Link two channels to one citizen by a code.

Only a code that was shown on one channel and typed on the other is a proof; a typed telephone
number is not. Wrong codes are recorded. A wrong code therefore returns None and raises no refusal,
which would roll the record back.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import overload

from api.contract import AskJoinCode, Join, JoinCodeOut, Joined
from api.people.rules import codes
from api.people.rules.actor import Actor, Role
from api.people.rules.codes import TriesUsedUp
from api.people.rules.permissions import Action, ContactPointRequired, authorize
from api.people.service.tools import Tools
from api.people.store.audit import Audit
from api.people.store.citizens import Citizens, ContactPoint
from api.people.store.identity import JOIN, Identity
from kernel.database.transaction import Transaction


@overload
def point_of(tx: Transaction, tools: Tools, actor: Actor) -> ContactPoint | None: ...


@overload
def point_of(
    tx: Transaction, tools: Tools, actor: Actor, channel: str, language: str
) -> ContactPoint: ...


def point_of(
    tx: Transaction, tools: Tools, actor: Actor, channel: str | None = None, language: str = "zh"
) -> ContactPoint | None:
    """Find the contact point of the request; with a channel it is registered if needed.

    Raises:
        ContactPointRequired: the service names none.
    """
    if actor.contact_point is None:
        raise ContactPointRequired
    if channel is None:
        return Citizens(tx, tools.ids).at(actor.contact_point)
    return Citizens(tx, tools.ids).register(
        actor.contact_point, channel, language, tools.clock.now()
    )


def show_code(tx: Transaction, tools: Tools, actor: Actor, order: AskJoinCode) -> JoinCodeOut:
    """Make a code to type on another channel; an older one of this channel ends."""
    authorize(actor, Action.MANAGE_OWN_DATA)
    point = point_of(tx, tools, actor, order.channel, order.language)
    code = codes.make(tools.ids.secret(), codes.JOIN_LETTERS)
    expires_at = tools.clock.now() + codes.JOIN_LIFE
    Identity(tx, tools.keyring, tools.ids).put_code(code, point.id, expires_at)
    return JoinCodeOut(code=codes.grouped(code), expires_at=expires_at)


def join(tx: Transaction, tools: Tools, actor: Actor, order: Join) -> Joined | None:
    """Link the channel that showed the code with the channel on which it was typed.

    Returns None for a wrong code, which is recorded.

    Raises:
        TriesUsedUp: too many wrong codes of this contact point.
    """
    authorize(actor, Action.MANAGE_OWN_DATA)
    now = tools.clock.now()
    identity, citizens = Identity(tx, tools.keyring, tools.ids), Citizens(tx, tools.ids)
    point = point_of(tx, tools, actor, order.channel, order.language)
    identity.hold(point.id)
    since = now - codes.JOIN_WINDOW
    check_tries(
        identity.tries_of(point.id, joining=True, since=since),
        codes.JOIN_TRIES,
        codes.JOIN_WINDOW,
    )
    shown = identity.take_code(codes.typed(order.code), now)
    showing = citizens.at(shown) if shown is not None else None
    if showing is None or showing.id == point.id:
        identity.wrong(point.id, JOIN, now)
        return None
    if showing.citizen != point.citizen:
        identity.join(showing.citizen, point.citizen)
        Audit(tx, tools.ids).note(as_citizen(actor, showing.citizen), "citizen.joined", None, now)
    points = map(citizens.at, identity.points_of(showing.citizen))
    return Joined(channels=tuple(dict.fromkeys(contact.channel for contact in points if contact)))


def as_citizen(actor: Actor, citizen: str) -> Actor:
    """Return the citizen as actor instead of the service that acts for them."""
    return replace(actor, id=citizen, role=Role.CITIZEN, name=None)


def check_tries(tries: tuple[int, datetime | None], most: int, window: timedelta) -> None:
    """Refuse a code after too many wrong ones; the first in `tries` is the oldest that counts.

    Raises:
        TriesUsedUp: `most` or more within `window`.
    """
    count, first = tries
    if count >= most and first is not None:
        raise TriesUsedUp(next_at=(first + window).isoformat())
