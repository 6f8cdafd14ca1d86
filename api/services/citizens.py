"""Citizens and the addresses at which they are answered."""

from api.contract import ContactPointOut, RegisterContactPoint
from api.domain.actor import Actor, Role
from api.domain.errors import Forbidden
from api.services import views
from api.services.desk import Desk
from kernel.transaction import Transaction

_MAY_REGISTER = frozenset({Role.SERVICE, Role.CITIZEN, Role.CLERK})


def register_contact_point(
    tx: Transaction, desk: Desk, actor: Actor, order: RegisterContactPoint
) -> ContactPointOut:
    """Make a reply address known, with a new citizen behind it; one that is known stays as it is.

    Raises:
        Forbidden: the actor speaks for no citizens.
    """
    if actor.acts_as not in _MAY_REGISTER:
        raise Forbidden(role=actor.role)
    now = desk.clock.now()
    citizens = desk.work(tx).citizens
    point = citizens.register(order.contact_point, order.channel, order.language, now)
    return views.contact_point(point)
