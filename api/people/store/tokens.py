"""Repository of service tokens: it stores only digests, so a stolen copy is useless."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select

from api.people.rules.actor import Actor, Role
from api.people.tables import service_token
from kernel.database.transaction import Transaction

_HOLDER = select(service_token).where(
    service_token.c.digest == bindparam("of_digest"), service_token.c.revoked_at.is_(None)
)

_VALID = (
    select(service_token).where(service_token.c.revoked_at.is_(None)).order_by(service_token.c.id)
)


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token to store; `unit` is for the role unit."""

    id: str
    name: str
    role: Role
    unit: str | None
    secret: str


@dataclass(frozen=True, slots=True)
class ListedToken:
    """A token that somebody holds, without its secret."""

    id: str
    name: str
    role: Role
    unit: str | None
    created_at: datetime


class Tokens:
    """The tokens of one transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def add(self, token: NewToken, now: datetime) -> None:
        """Store a new token."""
        self._tx.execute(
            service_token.insert(),
            {
                "id": token.id,
                "name": token.name,
                "role": token.role,
                "unit": token.unit,
                "digest": digest(token.secret),
                "created_at": now,
            },
        )

    def actor(self, secret: str) -> Actor | None:
        """Return the actor of a token; None when it is unknown or revoked."""
        found = self._tx.execute(_HOLDER, {"of_digest": digest(secret)})
        row = found.mappings().one_or_none()
        if row is None:
            return None
        return Actor(row["id"], Role(row["role"]), row["name"], row["unit"])

    def valid(self) -> list[ListedToken]:
        """List the tokens that are not revoked, oldest first."""
        rows = self._tx.execute(_VALID).mappings()
        return [
            ListedToken(row["id"], row["name"], Role(row["role"]), row["unit"], row["created_at"])
            for row in rows
        ]

    def revoke(self, id_: str, now: datetime) -> bool:
        """Revoke a token; return whether there was one."""
        ended = self._tx.execute(
            service_token.update()
            .where(service_token.c.id == id_, service_token.c.revoked_at.is_(None))
            .values(revoked_at=now)
        )
        return ended.rowcount == 1


def digest(secret: str) -> bytes:
    """Return the SHA-256 of a token: with 128 random bits or more no slower hash is needed."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()
