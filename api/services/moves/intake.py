"""Record a matter at a counter or by telephone: the same case as from a chat."""

import hashlib

from api.catalogue.rules.details import DetailType
from api.contract import CaseOut, OpenCase
from api.contract.cases.intake import TakeDown
from api.people.rules.actor import Actor
from api.people.rules.permissions import Action, authorize
from api.services.desk import ServiceDesk
from api.services.moves.opening import open_case
from kernel.database.transaction import Transaction

_OWN_FIELD = frozenset({"happened", "place", "time", "demand", "contact"})
"""Details with their own field in a case."""


def wanted(desk: ServiceDesk, category: str) -> tuple[str, ...]:
    """List the keys of details to ask for at a counter, required ones first.

    Photos are left out; they can be added later as a remark.

    Raises:
        CategoryUnknown: the catalogue has no such category.
    """
    found, details = desk.category(category), desk.catalogue.details
    return tuple(
        key
        for key in (*found.required, *found.optional)
        if key not in _OWN_FIELD and key in details and details[key].type is not DetailType.PHOTO
    )


def take_down(
    tx: Transaction,
    desk: ServiceDesk,
    actor: Actor,
    order: TakeDown,
    *,
    number: str,
    key: str | None,
) -> CaseOut:
    """Open a case for a citizen in person or on the telephone.

    Missing details are owed, as in a chat. The citizen cannot get messages afterwards, so the
    callback is a telephone call.

    Raises:
        Forbidden: the role records no matters.
        CategoryUnknown: the catalogue has no such category.
        IdempotencyKeyReused: the key was used for another request.
    """
    authorize(actor, Action.TAKE_DOWN_CASE)
    given = {
        *order.details,
        *(name for name in ("place", "time", "demand") if getattr(order, name) is not None),
        "happened",
    }
    if order.contact.phone is not None or order.contact.mode == "anonymous":
        given.add("contact")
    owed = tuple(detail for detail in desk.category(order.category).required if detail not in given)
    matter = OpenCase.model_validate(
        {
            **order.model_dump(exclude_none=True),
            "contact_point": f"{order.channel}:{_visitor(actor, key or number)}",
            "owed": owed,
        }
    )
    return open_case(tx, desk, actor, matter, number=number, key=key)


def _visitor(actor: Actor, key: str) -> str:
    """Return the visitor's id: the same for a repeated request."""
    return hashlib.sha256(f"{actor.id}\x1f{key}".encode()).hexdigest()[:32]
