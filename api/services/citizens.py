"""Citizens and the addresses at which they are answered."""

from api.contract import ContactPointOut, RegisterContactPoint
from api.domain.actor import Actor
from api.domain.permissions import Action, authorize
from api.services import views
from api.services.desk import ServiceDesk
from kernel.transaction import Transaction


def register_contact_point(
    tx: Transaction, desk: ServiceDesk, actor: Actor, order: RegisterContactPoint
) -> ContactPointOut:
    """Make a reply address known, with a new citizen behind it; one that is known stays as it is.

    Raises:
        Forbidden: the actor speaks for no citizens.
    """
    authorize(actor, Action.REGISTER_CONTACT_POINT)
    now = desk.clock.now()
    citizens = desk.work(tx).citizens
    point = citizens.register(order.contact_point, order.channel, order.language, now)
    return views.contact_point(point)
