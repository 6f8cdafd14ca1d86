"""Staff: accounts, signing in and out, and the sight of a citizen's identity."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from api.contract import CaseOut, Contact
from api.domain.actor import Actor, Role
from api.domain.attachment import Attachment
from api.domain.catalogue import Catalogue
from api.domain.errors import Forbidden
from api.domain.permissions import Action, authorize
from api.domain.rights import may_know_identity
from api.domain.staff import (
    ATTEMPTS,
    ATTEMPTS_SPAN,
    LONGEST_PASSWORD,
    SESSION,
    SHORTEST_PASSWORD,
    CredentialsWrong,
    IdentityHidden,
    LoginInvalid,
    LoginTaken,
    PasswordTooShort,
    SessionEnded,
    Staff,
    StaffUnknown,
    check_attempts,
    check_place,
    normal_login,
)
from api.services import passwords
from api.services.attachments import fetch
from api.services.desk import ServiceDesk
from api.services.reading import find, shown
from api.store.staff import (
    Audit,
    AuditEntry,
    Credentials,
    KnownPlaces,
    SignInAttempts,
    StaffAccounts,
)
from api.store.tokens import digest
from kernel.clock import Clock
from kernel.crypto import Keyring
from kernel.database import Database
from kernel.ids import Ids
from kernel.transaction import Transaction

CONTACT_SHOWN = "contact_shown"
"""The audit's word for a citizen's name and phone on somebody's screen."""

ATTACHMENT_SHOWN = "attachment_shown"
"""The audit's word for a citizen's photo or document on somebody's screen."""


LONGEST_DEVICE = 200
"""Characters of what a browser may show of an earlier sign-in."""

AUDIT_PAGE = 100
"""Entries of the audit that are shown at once."""


@dataclass(frozen=True, slots=True)
class NewAccount:
    """Whom an account is for."""

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
    """Open an account: a command of whoever runs the machine.

    `demo` marks an account whose password is published.

    Raises:
        LoginInvalid: no such login can be.
        LoginTaken: somebody has it.
        PasswordTooShort: the password is too easy to guess.
        ValueError: the role and the unit do not go together.
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
    """List the logins whose password is published, closed accounts left out."""
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
    tx: Transaction, desk: ServiceDesk, actor: Actor, account: NewAccount, password: str
) -> Staff:
    """Open an account, as an administrator.

    Raises:
        Forbidden: the actor is none.
        LoginInvalid, LoginTaken, PasswordTooShort, ValueError: as `add_staff`.
    """
    authorize(actor, Action.MANAGE_STAFF)
    return add_staff(
        tx,
        desk.ids,
        desk.clock,
        desk.catalogue,
        login=account.login,
        password=password,
        name=account.name,
        role=account.role,
        unit=account.unit,
        title=account.title,
    )


def switch_account(
    tx: Transaction, desk: ServiceDesk, actor: Actor, login: str, *, active: bool
) -> Staff:
    """Close an account or open it again, as an administrator; never one's own.

    Raises:
        Forbidden: the actor is none, or it is their own account.
        StaffUnknown: nobody signs in by this name.
    """
    authorize(actor, Action.MANAGE_STAFF)
    person = set_active(tx, desk.clock, login, active=active)
    if person.id == actor.id:
        raise Forbidden(role=actor.role)
    return person


def audited(
    tx: Transaction, desk: ServiceDesk, actor: Actor, *, number: str | None, before: str | None
) -> Sequence[AuditEntry]:
    """List who looked at whose data, `AUDIT_PAGE` at a time, to an administrator; newest first.

    Args:
        number: of one case alone.
        before: only what was noted before the entry of this id.

    Raises:
        Forbidden: the actor is none.
    """
    authorize(actor, Action.READ_AUDIT)
    return Audit(tx, desk.ids).latest(AUDIT_PAGE, number=number, before=before)


def show_contact(tx: Transaction, desk: ServiceDesk, actor: Actor, number: str) -> Contact:
    """Show name and phone of a case to one who may know them, and note that it was done.

    Raises:
        CaseNotFound: there is no such case for this reader.
        IdentityHidden: the reader may see the case, and not whose it is.
    """
    case = find(desk.work(tx), actor, number)
    if not may_know_identity(actor, case):
        raise IdentityHidden(number=number)
    Audit(tx, desk.ids).note(actor, CONTACT_SHOWN, case.number, desk.clock.now())
    contact = case.contact
    return Contact.model_construct(mode=contact.mode.value, name=contact.name, phone=contact.phone)


def show_case(tx: Transaction, desk: ServiceDesk, actor: Actor, number: str) -> CaseOut:
    """Show a case with whose it is, as far as the reader may know, and note that it was shown.

    Raises:
        CaseNotFound: there is no such case for this reader.
    """
    work = desk.work(tx)
    case = find(work, actor, number)
    contact = case.contact
    if may_know_identity(actor, case) and (contact.name or contact.phone):
        Audit(tx, desk.ids).note(actor, CONTACT_SHOWN, case.number, desk.clock.now())
    return shown(desk, work, actor, case, identity=True)


def show_attachment(tx: Transaction, desk: ServiceDesk, actor: Actor, id_: str) -> Attachment:
    """Find a file of a case for one who may read the case, and note that it was shown.

    Raises:
        AttachmentNotFound: there is none for this reader.
    """
    found = fetch(tx, desk, actor, id_)
    Audit(tx, desk.ids).note(actor, ATTACHMENT_SHOWN, found.number, desk.clock.now())
    return found


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session; `secret` and `device` go into cookies and are kept nowhere else."""

    staff: Staff
    secret: str
    device: str


class Door:
    """Lets staff in and tells who is inside.

    Attempts are counted in the store: for all processes, and over a restart. Demo accounts are
    refused unless `demo` is set: a store that was once filled in demo mode still holds them.
    """

    def __init__(
        self, database: Database, clock: Clock, ids: Ids, keyring: Keyring, *, demo: bool = False
    ) -> None:
        self._database = database
        self._demo = demo
        self._clock = clock
        self._ids = ids
        self._keyring = keyring
        # Two at once: hashing is meant to be slow, and others want the processor too.
        self._hashing = asyncio.Semaphore(2)

    async def sign_in(self, login: str, password: str, address: str, device: str = "") -> SignedIn:
        """Begin a session.

        Args:
            login: as typed.
            password: as typed.
            address: where the attempt comes from; counted, not kept.
            device: what an earlier sign-in of this browser gave, if there was one.

        Raises:
            TooManyAttempts: not heard for a while.
            CredentialsWrong: they do not belong together, or the account is closed here.
        """
        now = self._clock.now()
        try:
            name = normal_login(login)
        except LoginInvalid:
            name = ""
        device = device if 0 < len(device) <= LONGEST_DEVICE else self._ids.secret(32)
        counted = {
            "device": f"{name} {device}",
            "pair": f"{name} {address}",
            "login": name,
            "address": address,
        }
        keys = {
            way: self._keyring.blind_index(f"{way} {of}", context="staff.attempt")
            for way, of in counted.items()
        }
        # Counted before it is looked at, so that many at once are not all heard.
        noted = await self._database.run(_try, self._ids, keys, now)
        found = await self._database.read(_credentials, name) if name else None
        good = await self._matches(password, found)
        if not good or found is None or not self._is_open(found.staff):
            raise CredentialsWrong
        fresh = None
        if passwords.stale(found.password_hash):
            fresh = await asyncio.to_thread(passwords.hashed, password)
        secret = self._ids.secret(32)
        places = (keys["device"], keys["pair"])
        await self._database.run(_begin, self._ids, found.staff, secret, now, fresh, noted, places)
        return SignedIn(found.staff, secret, device)

    async def who(self, session: bytes) -> Staff:
        """Tell whose session it is, by the digest of its secret: asked at every event.

        Raises:
            SessionEnded: nobody's, or no longer.
        """
        person = await self._database.read(_of_session, session, self._clock.now())
        if person is None or not self._is_open(person):
            raise SessionEnded
        return person

    async def sign_out(self, session: bytes) -> None:
        """End a session at once."""
        await self._database.run(_end, session, self._clock.now())

    def _is_open(self, person: Staff) -> bool:
        return person.active and (self._demo or not person.demo)

    async def _matches(self, password: str, found: Credentials | None) -> bool:
        if len(password) > LONGEST_PASSWORD:
            return False
        async with self._hashing:
            return await asyncio.to_thread(
                passwords.matches, password, found.password_hash if found else None
            )


def session_digest(secret: str) -> bytes:
    """Give the digest by which a session is known."""
    return digest(secret)


def _credentials(tx: Transaction, login: str) -> Credentials | None:
    return StaffAccounts(tx).credentials(login)


def _try(tx: Transaction, ids: Ids, keys: Mapping[str, bytes], now: datetime) -> Sequence[str]:
    attempts, since = SignInAttempts(tx, ids), now - ATTEMPTS_SPAN
    attempts.drop(since)
    known = KnownPlaces(tx)
    if known.has(keys["device"]):
        ways = ["device"]
    elif known.has(keys["pair"]):
        ways = ["pair"]
    else:
        ways = ["pair", "login", "address"]
    for way in ways:
        check_attempts(attempts.since(keys[way], since), ATTEMPTS[way], now)
    return attempts.note([keys[way] for way in ways], now)


def _begin(
    tx: Transaction,
    ids: Ids,
    person: Staff,
    secret: str,
    now: datetime,
    fresh: str | None,
    noted: Sequence[str],
    places: Sequence[bytes],
) -> None:
    SignInAttempts(tx, ids).take_back(noted)
    for place in places:
        KnownPlaces(tx).note(place, now)
    accounts = StaffAccounts(tx)
    if fresh is not None:
        accounts.set_password(person.id, fresh)
    accounts.begin_session(person.id, secret, now, now + SESSION)


def _of_session(tx: Transaction, session: bytes, now: datetime) -> Staff | None:
    return StaffAccounts(tx).of_session(session, now)


def _end(tx: Transaction, session: bytes, now: datetime) -> None:
    StaffAccounts(tx).end_session(session, now)
