"""Staff and their sessions in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, bindparam, delete, select

from api.domain.actor import Actor, Role
from api.domain.staff import Staff
from api.store.staff_tables import audit, sign_in_attempt, sign_in_known, staff, staff_session
from api.store.statements import insert_or_keep
from api.store.tokens import digest
from kernel.ids import Ids
from kernel.transaction import Transaction

_BY_LOGIN = select(staff).where(staff.c.login == bindparam("of_login"))
_BY_SESSION = (
    select(staff)
    .join(staff_session, staff_session.c.staff == staff.c.id)
    .where(
        staff_session.c.digest == bindparam("of_digest"),
        staff_session.c.revoked_at.is_(None),
        staff_session.c.expires_at > bindparam("now"),
        staff.c.active,
    )
)
_AUDIT = audit.insert()
_a = sign_in_attempt.c


@dataclass(frozen=True, slots=True)
class Credentials:
    """An account with the hash of its password."""

    staff: Staff
    password_hash: str


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to the personal data of which case, and when."""

    id: str
    at: datetime
    actor_id: str
    actor_role: Role
    actor_name: str | None
    action: str
    number: str | None


class StaffAccounts:
    """The accounts and sessions of one transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def add(self, person: Staff, password_hash: str, now: datetime) -> bool:
        """Write a new account; tell whether its login was free."""
        return insert_or_keep(
            self._tx,
            staff,
            {
                "id": person.id,
                "login": person.login,
                "password_hash": password_hash,
                "name": person.name,
                "role": person.role,
                "unit": person.unit,
                "title": person.title,
                "active": person.active,
                "demo": person.demo,
                "created_at": now,
            },
        )

    def credentials(self, login: str) -> Credentials | None:
        """Find an account by its login, closed ones too."""
        row = self._tx.execute(_BY_LOGIN, {"of_login": login}).mappings().one_or_none()
        return Credentials(_staff(row), row["password_hash"]) if row is not None else None

    def all(self) -> list[Staff]:
        """List all accounts by login."""
        rows = self._tx.execute(select(staff).order_by(staff.c.login)).mappings()
        return [_staff(row) for row in rows]

    def set_password(self, id_: str, password_hash: str) -> None:
        """Keep another hash."""
        self._tx.execute(
            staff.update().where(staff.c.id == id_).values(password_hash=password_hash)
        )

    def set_active(self, id_: str, *, active: bool) -> None:
        """Open or close an account."""
        self._tx.execute(staff.update().where(staff.c.id == id_).values(active=active))

    def begin_session(self, id_: str, secret: str, now: datetime, expires: datetime) -> None:
        """Keep a new session by the digest of its secret."""
        self._tx.execute(
            staff_session.insert(),
            {"digest": digest(secret), "staff": id_, "created_at": now, "expires_at": expires},
        )

    def of_session(self, secret_digest: bytes, now: datetime) -> Staff | None:
        """Find whose session it is; None when it has ended or its account is closed."""
        found = self._tx.execute(_BY_SESSION, {"of_digest": secret_digest, "now": now})
        row = found.mappings().one_or_none()
        return _staff(row) if row is not None else None

    def end_session(self, secret_digest: bytes, now: datetime) -> None:
        """End one session; nothing happens when it has ended."""
        self._tx.execute(
            staff_session.update()
            .where(staff_session.c.digest == secret_digest, staff_session.c.revoked_at.is_(None))
            .values(revoked_at=now)
        )

    def end_sessions_of(self, id_: str, now: datetime) -> int:
        """End every session of an account; return how many there were."""
        return self._tx.execute(
            staff_session.update()
            .where(staff_session.c.staff == id_, staff_session.c.revoked_at.is_(None))
            .values(revoked_at=now)
        ).rowcount


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


class Audit:
    """The audit of one transaction: it only grows."""

    def __init__(self, tx: Transaction, ids: Ids) -> None:
        self._tx = tx
        self._ids = ids

    def note(self, actor: Actor, action: str, number: str | None, now: datetime) -> None:
        """Write down what is being done, in the transaction that does it."""
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
        """List what was noted of a case, oldest first."""
        rows = self._tx.execute(
            select(audit).where(audit.c.number == number).order_by(audit.c.at, audit.c.id)
        ).mappings()
        return [_entry(row) for row in rows]

    def latest(self, limit: int, *, number: str | None, before: str | None) -> list[AuditEntry]:
        """List what was noted, of one case or of all, newest first; `before` the entry of an id."""
        query = select(audit).order_by(audit.c.id.desc()).limit(limit)  # ids rise with time
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


def _staff(row: RowMapping) -> Staff:
    return Staff(
        id=row["id"],
        login=row["login"],
        name=row["name"],
        role=Role(row["role"]),
        unit=row["unit"],
        title=row["title"],
        active=row["active"],
        demo=row["demo"],
    )
