"""Repository of accounts of staff and their sessions."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, bindparam, select

from api.people.rules.actor import Role
from api.people.rules.staff import Staff
from api.people.store.tokens import digest
from api.people.tables import staff, staff_session
from api.statements import insert_or_keep
from kernel.database.transaction import Transaction

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


@dataclass(frozen=True, slots=True)
class Credentials:
    """An account with the hash of its password."""

    staff: Staff
    password_hash: str


class StaffAccounts:
    """The accounts and sessions of one transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def add(self, person: Staff, password_hash: str, now: datetime) -> bool:
        """Add an account; return whether its login was free."""
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
        """Find an account by its login, also a closed one."""
        row = self._tx.execute(_BY_LOGIN, {"of_login": login}).mappings().one_or_none()
        return Credentials(_staff(row), row["password_hash"]) if row is not None else None

    def all(self) -> list[Staff]:
        """List all accounts by login."""
        rows = self._tx.execute(select(staff).order_by(staff.c.login)).mappings()
        return [_staff(row) for row in rows]

    def set_password(self, id_: str, password_hash: str) -> None:
        """Store another hash."""
        self._tx.execute(
            staff.update().where(staff.c.id == id_).values(password_hash=password_hash)
        )

    def set_active(self, id_: str, *, active: bool) -> None:
        """Open or close an account."""
        self._tx.execute(staff.update().where(staff.c.id == id_).values(active=active))

    def begin_session(self, id_: str, secret: str, now: datetime, expires: datetime) -> None:
        """Store a new session by the digest of its secret."""
        self._tx.execute(
            staff_session.insert(),
            {"digest": digest(secret), "staff": id_, "created_at": now, "expires_at": expires},
        )

    def of_session(self, secret_digest: bytes, now: datetime) -> Staff | None:
        """Find the account of a session; None when it has ended or the account is closed."""
        found = self._tx.execute(_BY_SESSION, {"of_digest": secret_digest, "now": now})
        row = found.mappings().one_or_none()
        return _staff(row) if row is not None else None

    def end_session(self, secret_digest: bytes, now: datetime) -> None:
        """End one session, if it has not ended."""
        self._tx.execute(
            staff_session.update()
            .where(staff_session.c.digest == secret_digest, staff_session.c.revoked_at.is_(None))
            .values(revoked_at=now)
        )

    def end_sessions_of(self, id_: str, now: datetime) -> int:
        """End every session of an account; return their number."""
        return self._tx.execute(
            staff_session.update()
            .where(staff_session.c.staff == id_, staff_session.c.revoked_at.is_(None))
            .values(revoked_at=now)
        ).rowcount


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
