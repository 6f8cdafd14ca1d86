"""Repository of the audit log: who saw or changed whose data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, select

from api.people.rules.actor import Actor, Role
from api.people.tables import audit
from kernel.database.transaction import Transaction
from kernel.ids import Ids

_AUDIT = audit.insert()


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One access to the personal data of a case: actor, action, time."""

    id: str
    at: datetime
    actor_id: str
    actor_role: Role
    actor_name: str | None
    action: str
    number: str | None


class Audit:
    """The audit log of one transaction; it is append-only."""

    def __init__(self, tx: Transaction, ids: Ids) -> None:
        self._tx = tx
        self._ids = ids

    def note(self, actor: Actor, action: str, number: str | None, now: datetime) -> None:
        """Record an action, in the same transaction."""
        self._tx.execute(
            _AUDIT,
            {
                "id": self._ids.new("aud"),
                "at": now,
                "actor_id": actor.id,
                "actor_role": actor.role,
                "actor_name": actor.name,
                "action": action,
                "number": number,
            },
        )

    def of_case(self, number: str) -> Sequence[AuditEntry]:
        """List the entries of a case, oldest first."""
        rows = self._tx.execute(
            select(audit).where(audit.c.number == number).order_by(audit.c.at, audit.c.id)
        ).mappings()
        return [_entry(row) for row in rows]

    def latest(self, limit: int, *, number: str | None, before: str | None) -> list[AuditEntry]:
        """List entries of one case or all, newest first; `before` the entry with an id."""
        query = select(audit).order_by(audit.c.id.desc()).limit(limit)  # ids are ordered by time
        if number is not None:
            query = query.where(audit.c.number == number)
        if before is not None:
            query = query.where(audit.c.id < before)
        return [_entry(row) for row in self._tx.execute(query).mappings()]


def _entry(row: RowMapping) -> AuditEntry:
    return AuditEntry(
        row["id"],
        row["at"],
        row["actor_id"],
        Role(row["actor_role"]),
        row["actor_name"],
        row["action"],
        row["number"],
    )
