"""Subscribers to events, and what is on its way to them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, Update, exists, func, literal, select, true, update

from api.store.events import Happening, happening
from api.store.push_tables import event, webhook_delivery, webhook_subscriber
from api.store.statements import insert_or_keep
from kernel.crypto import Keyring
from kernel.leases import DeadLetter
from kernel.transaction import Transaction

_LONGEST_ERROR = 500


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who is told of events. `secrets` are those that sign now, the current one first."""

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
class Claimed:
    """A delivery that this process makes now."""

    subscriber: Subscriber
    event: Happening
    attempt: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """A delivery as the console sees it."""

    event: str
    type: str
    order: str
    seq: int
    state: str
    attempts: int
    due_at: datetime
    error: str | None


class Subscribers:
    """The subscribers of one transaction."""

    def __init__(self, tx: Transaction, keyring: Keyring) -> None:
        self._tx = tx
        self._keyring = keyring

    def add(self, new: Subscriber) -> bool:
        """Write a new subscriber; tell whether its name was free."""
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
        """Find one."""
        query = select(webhook_subscriber).where(webhook_subscriber.c.id == id_)
        if to_change:
            query = query.with_for_update()
        row = self._tx.execute(query).mappings().one_or_none()
        return None if row is None else self._read(row, now)

    def named(self, name: str, now: datetime) -> Subscriber | None:
        """Find one by its name."""
        query = select(webhook_subscriber).where(webhook_subscriber.c.name == name)
        row = self._tx.execute(query).mappings().one_or_none()
        return None if row is None else self._read(row, now)

    def address(self, id_: str, url: str, secret: str) -> None:
        """Set address and secret at once, with no time in which both secrets sign."""
        self._set(
            id_,
            url=url,
            secret_sealed=self._seal(secret, id_),
            old_secret_sealed=None,
            old_secret_until=None,
            active=True,
        )

    def rotate(self, one: Subscriber, secret: str, both_until: datetime) -> None:
        """Sign with a new secret, and with the present one as well until then."""
        self._set(
            one.id,
            secret_sealed=self._seal(secret, one.id),
            old_secret_sealed=self._seal(one.secrets[0], one.id),
            old_secret_until=both_until,
        )

    def set_active(self, id_: str, *, active: bool) -> None:
        """Tell it of events, or no longer. What is under way waits."""
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


class Deliveries:
    """The deliveries of one transaction."""

    def __init__(self, tx: Transaction, keyring: Keyring) -> None:
        self._tx = tx
        self._keyring = keyring

    def claim(
        self, subscriber: Subscriber, owner: str, now: datetime, until: datetime, room: int
    ) -> list[Claimed]:
        """Take up to `room` deliveries that are due, each the first of its order.

        A claim is `owner` and a `due_at` that lies ahead: whoever finds it passed may take it over,
        as its holder is dead. So a kill at any point leads to a repeat and to nothing else.
        """
        line = webhook_delivery.alias("line")
        ahead = webhook_delivery.alias("ahead")
        is_first = ~exists().where(
            ahead.c.subscriber == line.c.subscriber,
            ahead.c.order_key == line.c.order_key,
            ahead.c.state == "pending",
            ahead.c.seq < line.c.seq,
        )
        query = (
            select(line.c.event, line.c.attempts, line.c.created_at)
            .where(
                line.c.subscriber == subscriber.id,
                line.c.state == "pending",
                line.c.due_at <= now,
                is_first,
            )
            .order_by(line.c.due_at, line.c.event)
            .limit(room)
            .with_for_update(skip_locked=True, of=line)
        )
        claimed = [dict(row) for row in self._tx.execute(query).mappings()]
        if not claimed:
            return []
        ids = [row["event"] for row in claimed]
        self._tx.execute(
            webhook_delivery.update()
            .where(
                webhook_delivery.c.subscriber == subscriber.id, webhook_delivery.c.event.in_(ids)
            )
            .values(owner=owner, due_at=until, attempts=webhook_delivery.c.attempts + 1)
        )
        rows = self._tx.execute(select(event).where(event.c.id.in_(ids))).mappings()
        events = {row["id"]: happening(row, self._keyring) for row in rows}
        return [
            Claimed(subscriber, events[row["event"]], row["attempts"] + 1, row["created_at"])
            for row in claimed
        ]

    def delivered(self, one: Claimed, now: datetime) -> None:
        """Note that the subscriber has it, whoever brought it; those behind it are next."""
        self._tx.execute(
            self._row(one).values(state="delivered", done_at=now, owner=None, error=None)
        )
        self._let_on(one, now)

    def again(self, one: Claimed, owner: str, due_at: datetime, error: str) -> None:
        """Put it back in line, unless another process has taken it over.

        Those behind it wait as long, so that no look has to pass over them meanwhile.
        """
        mine = self._tx.execute(
            self._row(one)
            .where(webhook_delivery.c.owner == owner)
            .values(due_at=due_at, owner=None, error=error[:_LONGEST_ERROR])
        )
        if mine.rowcount:
            self._tx.execute(self._behind(one).values(due_at=due_at))

    def dead(self, one: Claimed, owner: str, now: datetime, error: str) -> None:
        """Give it up; those behind it go on. Stays until somebody asks for it again."""
        mine = self._tx.execute(
            self._row(one)
            .where(webhook_delivery.c.owner == owner)
            .values(state="dead", done_at=now, owner=None, error=error[:_LONGEST_ERROR])
        )
        if mine.rowcount:
            self._let_on(one, now)

    def _let_on(self, one: Claimed, now: datetime) -> None:
        if one.attempt > 1:  # else nothing was made to wait
            self._tx.execute(self._behind(one).values(due_at=now))

    @staticmethod
    def _behind(one: Claimed) -> Update:
        return webhook_delivery.update().where(
            webhook_delivery.c.subscriber == one.subscriber.id,
            webhook_delivery.c.order_key == one.event.order,
            webhook_delivery.c.seq > one.event.seq,
            webhook_delivery.c.state == "pending",
            webhook_delivery.c.owner.is_(None),
        )

    def hand_back(self, owner: str | None, now: datetime) -> None:
        """Give back what `owner` holds; with None what anybody holds, where nobody else can."""
        held = (
            webhook_delivery.c.owner.is_not(None)
            if owner is None
            else webhook_delivery.c.owner == literal(owner)
        )
        self._tx.execute(
            webhook_delivery.update()
            .where(webhook_delivery.c.state == "pending", held)
            .values(owner=None, due_at=now)
        )

    def next_due(self) -> datetime | None:
        """When the first pending delivery of an active subscriber is due."""
        moment: datetime | None = self._tx.scalar(
            select(func.min(webhook_delivery.c.due_at))
            .join(webhook_subscriber)
            .where(webhook_delivery.c.state == "pending", webhook_subscriber.c.active)
        )
        return moment

    def again_from(self, subscriber: str, events: Collection[str], now: datetime) -> int:
        """Put dead deliveries back in line: the named ones (delivered ones too), or all dead."""
        over = webhook_delivery.c.state.in_(["delivered", "dead"] if events else ["dead"])
        named = webhook_delivery.c.event.in_(list(events)) if events else true()
        return self._tx.execute(
            update(webhook_delivery)
            .where(webhook_delivery.c.subscriber == subscriber, over, named)
            .values(_afresh(now))
        ).rowcount

    def waiting(self, subscriber: str, limit: int) -> Sequence[Waiting]:
        """List what is pending or dead, oldest first."""
        rows = self._tx.execute(
            select(webhook_delivery, event.c.type)
            .join(event, event.c.id == webhook_delivery.c.event)
            .where(
                webhook_delivery.c.subscriber == subscriber,
                webhook_delivery.c.state.in_(["pending", "dead"]),
            )
            .order_by(webhook_delivery.c.event)
            .limit(limit)
        ).mappings()
        return [
            Waiting(
                event=row["event"],
                type=row["type"],
                order=row["order_key"],
                seq=row["seq"],
                state=row["state"],
                attempts=row["attempts"],
                due_at=row["due_at"],
                error=row["error"],
            )
            for row in rows
        ]

    @staticmethod
    def _row(one: Claimed) -> Update:
        return webhook_delivery.update().where(
            webhook_delivery.c.subscriber == one.subscriber.id,
            webhook_delivery.c.event == one.event.id,
            webhook_delivery.c.state == "pending",
        )


def dead_letters(tx: Transaction, limit: int) -> list[DeadLetter]:
    """List deliveries that were given up on, the newest first."""
    columns = webhook_delivery.c
    rows = tx.execute(
        select(
            columns.subscriber, columns.event, columns.attempts, columns.error, columns.done_at
        )
        .where(columns.state == "dead")
        .order_by(columns.done_at.desc())
        .limit(limit)
    ).mappings()  # fmt: skip
    return [
        DeadLetter(
            "webhooks",
            (row["subscriber"], row["event"]),
            row["attempts"],
            row["error"],
            row["done_at"],
        )
        for row in rows
    ]


def replay(tx: Transaction, key: Sequence[str], now: datetime) -> bool:
    """Have a dead delivery (subscriber, event) made again; false when it is none."""
    subscriber, event_id = key
    columns = webhook_delivery.c
    changed = tx.execute(
        update(webhook_delivery)
        .where(
            columns.subscriber == subscriber, columns.event == event_id, columns.state == "dead"
        )
        .values(_afresh(now))
    )  # fmt: skip
    return changed.rowcount > 0


def _afresh(now: datetime) -> dict[str, object]:
    # Counted anew from now: days of trying, and the attempts that pace them.
    return {
        "state": "pending", "attempts": 0, "created_at": now, "due_at": now, "done_at": None
    }  # fmt: skip
