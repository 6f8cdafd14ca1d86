"""Issue and check tokens of services and staff programs."""

import hmac
from dataclasses import dataclass

from api.catalogue.rules.catalogue import Catalogue
from api.catalogue.rules.errors import UnitUnknown
from api.errors import Unauthenticated
from api.people.rules.actor import TOKEN_ROLES, Actor, Role
from api.people.store.tokens import ListedToken, NewToken, Tokens, digest
from kernel.clock import Clock
from kernel.database.database import Database
from kernel.database.transaction import Transaction
from kernel.ids import Ids

BOOTSTRAP = Actor("service", Role.SERVICE, "SolveFirst")
"""The holder of the settings' token: our own processes. It only acts for citizens."""


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new token; `secret` is shown only once."""

    id: str
    secret: str


def issue_token(
    tx: Transaction,
    ids: Ids,
    clock: Clock,
    catalogue: Catalogue,
    *,
    name: str,
    role: Role,
    unit: str | None = None,
) -> IssuedToken:
    """Make a token for a role, by the operator's command only.

    Raises:
        UnitUnknown: the role unit names no unit of the catalogue.
        ValueError: no token may have the role, or another role has a unit.
    """
    if role not in TOKEN_ROLES:
        raise ValueError(f"no token has the role {role}")
    if (role is Role.UNIT) != (unit is not None):
        raise ValueError("a unit goes with the role unit, and only with it")
    if unit is not None and unit not in catalogue.units:
        raise UnitUnknown(unit=unit)
    issued = IssuedToken(ids.new("tok"), f"sft_{ids.secret(32)}")
    Tokens(tx).add(NewToken(issued.id, name, role, unit, issued.secret), clock.now())
    return issued


def list_tokens(tx: Transaction) -> list[ListedToken]:
    """List the tokens that are not revoked, oldest first."""
    return Tokens(tx).valid()


def revoke_token(tx: Transaction, clock: Clock, id_: str) -> bool:
    """Revoke a token at once; return whether there was one."""
    return Tokens(tx).revoke(id_, clock.now())


class TokenCheck:
    """Finds the actor of a token."""

    def __init__(self, database: Database, service_token: str) -> None:
        self._database = database
        self._bootstrap = digest(service_token)

    async def actor(self, secret: str) -> Actor:
        """Return the actor of a token.

        The settings' token is compared in constant time without a query. Others are looked up by
        digest each time, so that a revoked one ends at once.

        Raises:
            Unauthenticated: the token is not valid.
        """
        if hmac.compare_digest(digest(secret), self._bootstrap):
            return BOOTSTRAP
        actor = await self._database.read(_actor, secret)
        if actor is None:
            raise Unauthenticated
        return actor


def _actor(tx: Transaction, secret: str) -> Actor | None:
    return Tokens(tx).actor(secret)
