"""Register citizens' contact points."""

from api.contract import ContactPointOut, RegisterContactPoint
from api.people.rules.actor import Actor
from api.people.rules.permissions import Action, authorize
from api.people.service.tools import Tools
from api.people.store.citizens import Citizens, ContactPoint
from kernel.database.transaction import Transaction


def register_contact_point(
    tx: Transaction, tools: Tools, actor: Actor, order: RegisterContactPoint
) -> ContactPointOut:
    """Register a contact point with a new citizen; a known one does not change.

    Raises:
        Forbidden: the actor does not act for citizens.
    """
    authorize(actor, Action.REGISTER_CONTACT_POINT)
    now = tools.clock.now()
    citizens = Citizens(tx, tools.ids)
    point = citizens.register(order.contact_point, order.channel, order.language, now)
    return contact_point_out(point)


def contact_point_out(point: ContactPoint) -> ContactPointOut:
    """Convert a contact point to its wire model."""
    return ContactPointOut.model_validate(
        {
            "contact_point": point.id,
            "citizen": point.citizen,
            "channel": point.channel,
            "language": point.language,
            "registered_at": point.registered_at,
        }
    )
