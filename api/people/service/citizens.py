"""Citizens and the addresses at which they are answered."""

from api.contract import ContactPointOut, RegisterContactPoint
from api.people.rules.actor import Actor
from api.people.rules.permissions import Action, authorize
from api.people.service.tools import Tools
from api.people.store.citizens import Citizens, ContactPoint
from kernel.database.transaction import Transaction


def register_contact_point(
    tx: Transaction, tools: Tools, actor: Actor, order: RegisterContactPoint
) -> ContactPointOut:
    """Make a reply address known, with a new citizen behind it; one that is known stays as it is.

    Raises:
        Forbidden: the actor speaks for no citizens.
    """
    authorize(actor, Action.REGISTER_CONTACT_POINT)
    now = tools.clock.now()
    citizens = Citizens(tx, tools.ids)
    point = citizens.register(order.contact_point, order.channel, order.language, now)
    return contact_point_out(point)


def contact_point_out(point: ContactPoint) -> ContactPointOut:
    """Show a contact point."""
    return ContactPointOut.model_validate(
        {
            "contact_point": point.id,
            "citizen": point.citizen,
            "channel": point.channel,
            "language": point.language,
            "registered_at": point.registered_at,
        }
    )
