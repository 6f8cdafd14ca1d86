"""Who may see what of a case: deny by default, decided on the object, not on the route."""

from api.catalogue.rules.categories import Kind, Urgency
from api.domain.cases.case import Case, Standing
from api.domain.cases.matter import ContactMode
from api.domain.lifecycle import Move, moves
from api.people.rules.actor import HOTLINE, Actor, Role


def may_read(actor: Actor, citizen: str | None, case: Standing) -> bool:
    """Tell whether `actor` may know of the case; `citizen` is whom the actor speaks for.

    The citizen whose it is, everyone at the hotline, and the units that have a part in it.
    """
    match actor.acts_as:
        case Role.CITIZEN:
            return citizen is not None and citizen == case.citizen
        case Role.UNIT:
            return bool(case.parts_of(actor.unit))
        case role:
            return role in HOTLINE


def may_know_identity(actor: Actor, case: Case) -> bool:
    """Tell whether name and phone are shown.

    To the hotline; to the holding unit when the citizen wanted to be named, but never for a
    report (举报): the unit may be the one complained of. A citizen is not told their own data
    back: whoever holds the conversation now is not always who opened the case.
    """
    if actor.acts_as in HOTLINE:
        return True
    named = case.contact.mode is ContactMode.NAMED and case.kind is not Kind.REPORT
    return named and actor.acts_as is Role.UNIT and actor.unit == case.unit


def offered(case: Standing, actor: Actor) -> tuple[Move, ...]:
    """List the moves that `actor` may make on the case as it stands, in the table's order.

    A case that was ruled is not returned, and one that is urgent does not wait for details.
    """
    barred = set()
    if case.ruled:
        barred.add(Move.RETURN)
    if case.urgency is not Urgency.NORMAL:
        barred.add(Move.ASK_SUPPLEMENT)
    found = moves(case.state, actor.acts_as, case.parts_of(actor.unit))
    return tuple(move for move in found if move not in barred)
