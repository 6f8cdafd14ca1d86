"""Repository of receipts' access codes, and of contact points that follow a case."""

from datetime import datetime

from sqlalchemy import select

from api.statements import insert_or_keep
from api.store.cases.tables import cases, follower
from kernel.database.transaction import Transaction
from kernel.privacy.crypto import Keyring


class Followers:
    """Followers of other citizens' cases, in one transaction."""

    def __init__(self, tx: Transaction, keyring: Keyring) -> None:
        self._tx = tx
        self._keyring = keyring

    def access_index(self, number: str) -> bytes | None:
        """Read the blind index of a case's access code."""
        found: bytes | None = self._tx.scalar(
            select(cases.c.access_index).where(cases.c.number == number)
        )
        return found

    def index_of(self, code: str) -> bytes:
        """Make the blind index of a typed code."""
        return self._keyring.blind_index(code, context="case.access")

    def add(self, number: str, point: str, now: datetime) -> None:
        """Add a follower of a case."""
        insert_or_keep(self._tx, follower, {"number": number, "contact_point": point, "at": now})

    def has(self, number: str, point: str) -> bool:
        """Return whether a contact point follows a case."""
        c = follower.c
        query = select(c.number).where(c.number == number, c.contact_point == point)
        return self._tx.scalar(query) is not None
