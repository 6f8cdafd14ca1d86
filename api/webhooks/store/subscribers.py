"""Subscribers to events in the database, their secrets sealed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    RowMapping,
    func,
    select,
)

from api.statements import insert_or_keep
from api.webhooks.tables import webhook_delivery, webhook_subscriber
from kernel.database.transaction import Transaction
from kernel.privacy.crypto import Keyring

_FILTERS = select(
    webhook_subscriber.c.id, webhook_subscriber.c.types, webhook_subscriber.c.trusted
).where(webhook_subscriber.c.active)


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A subscriber. `secrets` are the signing secrets, the current one first."""

    id: str
    name: str
    url: str
    types: tuple[str, ...]
    trusted: bool
    active: bool
    created_at: datetime
    secrets: tuple[str, ...]
    old_secret_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class EventFilter:
    """A subscriber's filter of events: its types, or all if it names none."""

    id: str
    types: tuple[str, ...]
    trusted: bool


def active_filters(tx: Transaction) -> list[EventFilter]:
    """Read the filters of active subscribers, without their secrets."""
    rows = tx.execute(_FILTERS).mappings()
    return [EventFilter(row["id"], tuple(row["types"]), row["trusted"]) for row in rows]


class Subscribers:
    """The subscribers of one transaction."""

    def __init__(self, tx: Transaction, keyring: Keyring) -> None:
        self._tx = tx
        self._keyring = keyring

    def add(self, new: Subscriber) -> bool:
        """Add a subscriber; return whether its name was free."""
        return insert_or_keep(
            self._tx,
            webhook_subscriber,
            {
                "id": new.id,
                "name": new.name,
                "url": new.url,
                "types": list(new.types),
                "trusted": new.trusted,
                "active": new.active,
                "secret_sealed": self._seal(new.secrets[0], new.id),
                "created_at": new.created_at,
            },
        )

    def all(self, now: datetime) -> list[Subscriber]:
        """List all by name."""
        rows = self._tx.execute(
            select(webhook_subscriber).order_by(webhook_subscriber.c.name)
        ).mappings()
        return [self._read(row, now) for row in rows]

    def get(self, id_: str, now: datetime, *, to_change: bool = False) -> Subscriber | None:
        """Find a subscriber."""
        query = select(webhook_subscriber).where(webhook_subscriber.c.id == id_)
        if to_change:
            query = query.with_for_update()
        row = self._tx.execute(query).mappings().one_or_none()
        return None if row is None else self._read(row, now)

    def named(self, name: str, now: datetime) -> Subscriber | None:
        """Find a subscriber by its name."""
        query = select(webhook_subscriber).where(webhook_subscriber.c.name == name)
        row = self._tx.execute(query).mappings().one_or_none()
        return None if row is None else self._read(row, now)

    def address(self, id_: str, url: str, secret: str) -> None:
        """Set address and secret together, without a time of both secrets."""
        self._set(
            id_,
            url=url,
            secret_sealed=self._seal(secret, id_),
            old_secret_sealed=None,
            old_secret_until=None,
            active=True,
        )

    def rotate(self, subscriber: Subscriber, secret: str, both_until: datetime) -> None:
        """Set a new secret; the present one signs too until `both_until`."""
        self._set(
            subscriber.id,
            secret_sealed=self._seal(secret, subscriber.id),
            old_secret_sealed=self._seal(subscriber.secrets[0], subscriber.id),
            old_secret_until=both_until,
        )

    def set_active(self, id_: str, *, active: bool) -> None:
        """Enable or disable a subscriber. Pending deliveries wait."""
        self._set(id_, active=active)

    def counts(self) -> dict[str, dict[str, int]]:
        """Count pending and dead deliveries, by subscriber and state."""
        rows = self._tx.execute(
            select(webhook_delivery.c.subscriber, webhook_delivery.c.state, func.count().label("n"))
            .where(webhook_delivery.c.state.in_(["pending", "dead"]))
            .group_by(webhook_delivery.c.subscriber, webhook_delivery.c.state)
        ).mappings()
        found: dict[str, dict[str, int]] = {}
        for row in rows:
            found.setdefault(row["subscriber"], {})[row["state"]] = row["n"]
        return found

    def _set(self, id_: str, **values: object) -> None:
        self._tx.execute(
            webhook_subscriber.update().where(webhook_subscriber.c.id == id_).values(values)
        )

    def _seal(self, secret: str, id_: str) -> bytes:
        return self._keyring.encrypt(secret.encode(), context=f"webhook.secret:{id_}")

    def _open(self, sealed: bytes, id_: str) -> str:
        return self._keyring.decrypt(sealed, context=f"webhook.secret:{id_}").decode()

    def _read(self, row: RowMapping, now: datetime) -> Subscriber:
        secrets = [self._open(row["secret_sealed"], row["id"])]
        until = row["old_secret_until"]
        if until is not None and until > now:
            secrets.append(self._open(row["old_secret_sealed"], row["id"]))
        else:
            until = None
        return Subscriber(
            id=row["id"],
            name=row["name"],
            url=row["url"],
            types=tuple(row["types"]),
            trusted=row["trusted"],
            active=row["active"],
            created_at=row["created_at"],
            secrets=tuple(secrets),
            old_secret_until=until,
        )
