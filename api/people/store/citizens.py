"""Repository of citizens and their contact points."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select

from api.people.tables import citizen, contact_point
from api.statements import insert_or_keep
from kernel.database.transaction import Transaction
from kernel.ids import Ids

_AT = select(contact_point).where(contact_point.c.id == bindparam("point"))


@dataclass(frozen=True, slots=True)
class ContactPoint:
    """An opaque reply address, and its citizen."""

    id: str
    citizen: str
    channel: str
    language: str
    registered_at: datetime


class Citizens:
    """The citizens of one transaction."""

    def __init__(self, tx: Transaction, ids: Ids) -> None:
        self._tx = tx
        self._ids = ids

    def at(self, point: str) -> ContactPoint | None:
        """Find a contact point."""
        row = self._tx.execute(_AT, {"point": point}).mappings().one_or_none()
        return None if row is None else ContactPoint(**row)

    def register(self, point: str, channel: str, language: str, now: datetime) -> ContactPoint:
        """Find a contact point, or register it with a new citizen.

        Two parallel registrations get the same citizen: the second one waits for the first, and
        deletes its own unused citizen.
        """
        if (found := self.at(point)) is not None:
            return found
        new = ContactPoint(point, self._ids.new("ctz"), channel, language, now)
        self._tx.execute(citizen.insert(), {"id": new.citizen, "created_at": now})
        values = {
            "id": new.id,
            "citizen": new.citizen,
            "channel": channel,
            "language": language,
            "registered_at": now,
        }
        if insert_or_keep(self._tx, contact_point, values):
            return new
        self._tx.execute(citizen.delete().where(citizen.c.id == new.citizen))
        first = self.at(point)
        if first is None:
            raise LookupError(f"the contact point {point} was taken away while it was registered")
        return first
