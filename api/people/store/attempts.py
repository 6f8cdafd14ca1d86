"""Repository of sign-in attempts, and of known browsers and addresses."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select

from api.people.tables import sign_in_attempt, sign_in_known
from api.statements import insert_or_keep
from kernel.database.transaction import Transaction
from kernel.ids import Ids

_a = sign_in_attempt.c


class SignInAttempts:
    """Failed or unfinished sign-in attempts of one transaction."""

    def __init__(self, tx: Transaction, ids: Ids) -> None:
        self._tx = tx
        self._ids = ids

    def since(self, key: bytes, moment: datetime) -> list[datetime]:
        """List the times of attempts under a key after `moment`, oldest first."""
        query = select(_a.at).where(_a.key == key, _a.at > moment).order_by(_a.at)
        return [row[0] for row in self._tx.execute(query)]

    def note(self, keys: Sequence[bytes], now: datetime) -> list[str]:
        """Record an attempt under each key; return the ids to take it back."""
        rows = [{"id": self._ids.new("att"), "key": key, "at": now} for key in keys]
        self._tx.execute(sign_in_attempt.insert(), rows)
        return [str(row["id"]) for row in rows]

    def take_back(self, ids: Sequence[str]) -> None:
        """Delete a successful attempt."""
        self._tx.execute(delete(sign_in_attempt).where(_a.id.in_(ids)))

    def drop(self, before: datetime) -> None:
        """Delete attempts that no longer count."""
        self._tx.execute(delete(sign_in_attempt).where(_a.at <= before))


class KnownPlaces:
    """Known browsers and addresses of one transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def has(self, key: bytes) -> bool:
        """Return whether there was a sign-in under this key."""
        found = self._tx.scalar(select(sign_in_known.c.at).where(sign_in_known.c.key == key))
        return found is not None

    def note(self, key: bytes, now: datetime) -> None:
        """Record a browser or address, or its last use."""
        if not insert_or_keep(self._tx, sign_in_known, {"key": key, "at": now}):
            self._tx.execute(
                sign_in_known.update().where(sign_in_known.c.key == key).values(at=now)
            )
