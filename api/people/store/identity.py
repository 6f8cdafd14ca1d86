"""Repository of consents, join codes and tickets."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Column, func, select

from api.metadata import metadata
from api.people.tables import citizen, consent, contact_point, export_ticket, join_code, wrong_code
from api.statements import insert_or_keep
from kernel.database.transaction import Transaction
from kernel.ids import Ids
from kernel.privacy.crypto import Keyring

JOIN = "join"
"""The subject of a wrong join code."""


@dataclass(frozen=True, slots=True)
class Consent:
    """An accepted version of the notice."""

    notice: str
    channel: str
    at: datetime


class Identity:
    """Consents, codes and tickets of one transaction."""

    def __init__(self, tx: Transaction, keyring: Keyring, ids: Ids) -> None:
        self._tx = tx
        self._keyring = keyring
        self._ids = ids

    def consent(self, to_citizen: str, notice: str, channel: str, now: datetime) -> Consent:
        """Store a consent; the first one to a version stays."""
        values = {"citizen": to_citizen, "notice": notice, "channel": channel, "at": now}
        if insert_or_keep(self._tx, consent, values):
            return Consent(notice, channel, now)
        return next(accepted for accepted in self.consents(to_citizen) if accepted.notice == notice)

    def consents(self, of_citizen: str) -> list[Consent]:
        """List a citizen's consents, oldest first."""
        c = consent.c
        query = select(c.notice, c.channel, c.at).where(c.citizen == of_citizen).order_by(c.at)
        return [Consent(row.notice, row.channel, row.at) for row in self._tx.execute(query)]

    def points_of(self, of_citizen: str) -> list[str]:
        """List the contact points of a citizen, oldest first."""
        c = contact_point.c
        query = select(c.id).where(c.citizen == of_citizen).order_by(c.registered_at, c.id)
        return list(self._tx.execute(query).scalars())

    def hold(self, point: str) -> None:
        """Lock this contact point until this transaction ends."""
        query = select(contact_point.c.id).where(contact_point.c.id == point)
        self._tx.execute(query.with_for_update())

    # Joining

    def put_code(self, code: str, point: str, expires_at: datetime) -> None:
        """Store a new join code and replace an older one of this contact point."""
        self._tx.execute(join_code.delete().where(join_code.c.contact_point == point))
        self._tx.execute(
            join_code.insert(),
            {"code_index": self._code(code), "contact_point": point, "expires_at": expires_at},
        )

    def take_code(self, code: str, now: datetime) -> str | None:
        """Use up a join code; return the contact point that showed it, None for a wrong code."""
        c = join_code.c
        taken = self._tx.execute(
            join_code.update()
            .where(c.code_index == self._code(code), c.used_at.is_(None), c.expires_at > now)
            .values(used_at=now)
            .returning(c.contact_point)
        )
        return taken.scalar_one_or_none()

    def join(self, winner: str, loser: str) -> None:
        """Merge two citizens: all data of `loser` become those of `winner`."""
        for kept in self.consents(loser):
            self.consent(winner, kept.notice, kept.channel, kept.at)
        self._tx.execute(consent.delete().where(consent.c.citizen == loser))
        for column in _owned():
            self._tx.execute(column.table.update().where(column == loser).values({column: winner}))

    def new_citizen(self, now: datetime) -> str:
        """Create a citizen without data."""
        new = self._ids.new("ctz")
        self._tx.execute(citizen.insert(), {"id": new, "created_at": now})
        return new

    def _code(self, code: str) -> bytes:
        return self._keyring.blind_index(code, context="join.code")

    # Wrong codes

    def wrong(self, point: str, subject: str, now: datetime) -> None:
        """Record a wrong code."""
        self._tx.execute(
            wrong_code.insert(),
            {"id": self._ids.new("wrg"), "contact_point": point, "subject": subject, "at": now},
        )

    def tries_of(
        self, point: str, *, joining: bool, since: datetime
    ) -> tuple[int, datetime | None]:
        """Count a contact point's wrong codes of one kind; return the time of the first too."""
        subject = wrong_code.c.subject
        sort = subject == JOIN if joining else subject != JOIN
        return self._tries(wrong_code.c.contact_point == point, sort, since=since)

    def _tries(
        self,
        *where: Any,  # noqa: ANN401 - SQLAlchemy's conditions
        since: datetime,
    ) -> tuple[int, datetime | None]:
        c = wrong_code.c
        query = select(func.count(), func.min(c.at)).where(*where, c.at > since)
        row: Sequence[Any] = self._tx.execute(query).one()
        return row[0], row[1]

    # Tickets

    def put_ticket(self, secret: str, point: str, expires_at: datetime) -> None:
        """Store a ticket by its digest and replace an older one."""
        self._tx.execute(export_ticket.delete().where(export_ticket.c.contact_point == point))
        self._tx.execute(
            export_ticket.insert(),
            {"digest": _digest(secret), "contact_point": point, "expires_at": expires_at},
        )

    def ticket_point(self, secret: str, now: datetime) -> str | None:
        """Return the contact point of a valid ticket, None for an invalid one."""
        c = export_ticket.c
        point: str | None = self._tx.scalar(
            select(c.contact_point).where(
                c.digest == _digest(secret), c.used_at.is_(None), c.expires_at > now
            )
        )
        return point

    def spend_ticket(self, secret: str, download: str, now: datetime) -> bool:
        """Use up a ticket for one download; False when it is invalid or used by another one."""
        c = export_ticket.c
        spent = self._tx.execute(
            export_ticket.update()
            .where(
                c.digest == _digest(secret),
                c.expires_at > now,
                c.used_at.is_(None) | (c.used_by == download),
            )
            .values(used_at=now, used_by=download)
        )
        return spent.rowcount > 0


@cache
def _owned() -> tuple[Column[str], ...]:
    """List the columns with a citizen's id in all registered tables; consents are merged."""
    return tuple(
        column
        for table in metadata.sorted_tables
        for column in table.c
        if column.references(citizen.c.id) and table is not consent
    )


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()
