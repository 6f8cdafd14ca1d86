"""Open, list and close accounts of staff."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.catalogue.rules.catalogue import Catalogue
from api.errors import Forbidden
from api.people.rules.actor import Actor, Role
from api.people.rules.permissions import Action, authorize
from api.people.rules.staff import (
    SHORTEST_PASSWORD,
    LoginTaken,
    PasswordTooShort,
    Staff,
    StaffUnknown,
    check_place,
    normal_login,
)
from api.people.service import passwords
from api.people.service.tools import Tools
from api.people.store.accounts import StaffAccounts
from kernel.clock import Clock
from kernel.database.transaction import Transaction
from kernel.ids import Ids


@dataclass(frozen=True, slots=True)
class NewAccount:
    """Data of a new account."""

    login: str
    name: str
    role: Role
    unit: str | None = None
    title: str | None = None


def add_staff(
    tx: Transaction,
    ids: Ids,
    clock: Clock,
    catalogue: Catalogue,
    *,
    login: str,
    password: str,
    name: str,
    role: Role,
    unit: str | None = None,
    title: str | None = None,
    demo: bool = False,
) -> Staff:
    """Open an account, by the operator's command.

    `demo` marks an account with a public password.

    Raises:
        LoginInvalid: the login is not valid.
        LoginTaken: another account has it.
        PasswordTooShort: the password is too easy to guess.
        ValueError: the role and the unit do not match.
    """
    check_place(role, unit, catalogue.units)
    if len(password) < SHORTEST_PASSWORD:
        raise PasswordTooShort(shortest=SHORTEST_PASSWORD)
    person = Staff(ids.new("stf"), normal_login(login), name.strip(), role, unit, title, demo=demo)
    if not StaffAccounts(tx).add(person, passwords.hashed(password), clock.now()):
        raise LoginTaken(login=person.login)
    return person


def list_staff(tx: Transaction) -> Sequence[Staff]:
    """List all accounts by login."""
    return StaffAccounts(tx).all()


def demo_logins(tx: Transaction) -> Sequence[str]:
    """List the logins with a public password, without closed accounts."""
    return [account.login for account in list_staff(tx) if account.demo and account.active]


def set_active(tx: Transaction, clock: Clock, login: str, *, active: bool) -> Staff:
    """Close an account and end its sessions, or open it again.

    Raises:
        StaffUnknown: nobody signs in by this name.
    """
    accounts = StaffAccounts(tx)
    found = accounts.credentials(normal_login(login))
    if found is None:
        raise StaffUnknown(login=login[:40])
    accounts.set_active(found.staff.id, active=active)
    if not active:
        accounts.end_sessions_of(found.staff.id, clock.now())
    return found.staff


def accounts(tx: Transaction, actor: Actor) -> Sequence[Staff]:
    """List all accounts, to an administrator.

    Raises:
        Forbidden: the actor is none.
    """
    authorize(actor, Action.MANAGE_STAFF)
    return list_staff(tx)


def open_account(
    tx: Transaction, tools: Tools, actor: Actor, account: NewAccount, password: str
) -> Staff:
    """Open an account, as an administrator.

    Raises:
        Forbidden: the actor is none.
        LoginInvalid, LoginTaken, PasswordTooShort, ValueError: as `add_staff`.
    """
    authorize(actor, Action.MANAGE_STAFF)
    return add_staff(
        tx,
        tools.ids,
        tools.clock,
        tools.catalogue,
        login=account.login,
        password=password,
        name=account.name,
        role=account.role,
        unit=account.unit,
        title=account.title,
    )


def switch_account(
    tx: Transaction, tools: Tools, actor: Actor, login: str, *, active: bool
) -> Staff:
    """Close an account or open it again, as an administrator; never one's own.

    Raises:
        Forbidden: the actor is none, or it is their own account.
        StaffUnknown: nobody signs in by this name.
    """
    authorize(actor, Action.MANAGE_STAFF)
    person = set_active(tx, tools.clock, login, active=active)
    if person.id == actor.id:
        raise Forbidden(role=actor.role)
    return person
