"""Decide who may see which parts of a case: by the case, not by the route; deny by default."""

from api.catalogue.rules.categories import RequestKind, Urgency
from api.domain.cases.case import Case
from api.domain.cases.matter import ContactMode
from api.domain.cases.standing import Standing
from api.domain.lifecycle import Move, moves
from api.people.rules.actor import HOTLINE, Actor, Role


def may_read(actor: Actor, citizen: str | None, case: Standing) -> bool:
    """Return whether `actor` may read the case; `citizen` is the citizen that the actor acts for.

    Readers are the case's citizen, all staff of the hotline, and the units involved in it.
    """
    match actor.acts_as:
        case Role.CITIZEN:
            return citizen is not None and citizen == case.citizen
        case Role.UNIT:
            return bool(case.parts_of(actor.unit))
        case role:
            return role in HOTLINE


def may_know_identity(actor: Actor, case: Case) -> bool:
    """Return whether name and phone are shown to `actor`.

    The hotline sees them. The holding unit sees them if the citizen agreed to be named, but never
    for a report (举报), because the report may be about that unit. Citizens do not see them: the
    present user of a conversation may be another person than the one who opened the case.
    """
    if actor.acts_as in HOTLINE:
        return True
    named = case.contact.mode is ContactMode.NAMED and case.kind is not RequestKind.REPORT
    return named and actor.acts_as is Role.UNIT and actor.unit == case.unit


def offered(case: Standing, actor: Actor) -> tuple[Move, ...]:
    """List the moves that `actor` may make on the case in its present state, in table order.

    A case with a ruling cannot be returned, and an urgent case cannot wait for details.
    """
    barred = set()
    if case.ruled:
        barred.add(Move.RETURN)
    if case.urgency is not Urgency.NORMAL:
        barred.add(Move.ASK_SUPPLEMENT)
    found = moves(case.state, actor.acts_as, case.parts_of(actor.unit))
    return tuple(move for move in found if move not in barred)
