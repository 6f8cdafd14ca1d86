"""Sign-in attempts, and places known from earlier ones, in the database."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select

from api.people.tables import sign_in_attempt, sign_in_known
from api.statements import insert_or_keep
from kernel.database.transaction import Transaction
from kernel.ids import Ids

_a = sign_in_attempt.c


class SignInAttempts:
    """Attempts to sign in that were not good, or not yet, as one transaction sees them."""

    def __init__(self, tx: Transaction, ids: Ids) -> None:
        self._tx = tx
        self._ids = ids

    def since(self, key: bytes, moment: datetime) -> list[datetime]:
        """List when attempts under a key were made after `moment`, oldest first."""
        query = select(_a.at).where(_a.key == key, _a.at > moment).order_by(_a.at)
        return [row[0] for row in self._tx.execute(query)]

    def note(self, keys: Sequence[bytes], now: datetime) -> list[str]:
        """Write an attempt down under each key; give the ids by which it is taken back."""
        rows = [{"id": self._ids.new("att"), "key": key, "at": now} for key in keys]
        self._tx.execute(sign_in_attempt.insert(), rows)
        return [str(row["id"]) for row in rows]

    def take_back(self, ids: Sequence[str]) -> None:
        """Forget an attempt that was a good one."""
        self._tx.execute(delete(sign_in_attempt).where(_a.id.in_(ids)))

    def drop(self, before: datetime) -> None:
        """Forget what counts no longer."""
        self._tx.execute(delete(sign_in_attempt).where(_a.at <= before))


class KnownPlaces:
    """Browsers and addresses from which people signed in, as one transaction sees them."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def has(self, key: bytes) -> bool:
        """Tell whether somebody signed in from there by that name."""
        found = self._tx.scalar(select(sign_in_known.c.at).where(sign_in_known.c.key == key))
        return found is not None

    def note(self, key: bytes, now: datetime) -> None:
        """Remember a place, or that it is still used."""
        if not insert_or_keep(self._tx, sign_in_known, {"key": key, "at": now}):
            self._tx.execute(
                sign_in_known.update().where(sign_in_known.c.key == key).values(at=now)
            )
