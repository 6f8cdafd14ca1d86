"""Sign staff in and out, and find the account of a session."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from api.people.rules.staff import (
    ATTEMPTS,
    ATTEMPTS_SPAN,
    LONGEST_PASSWORD,
    SESSION,
    CredentialsWrong,
    LoginInvalid,
    SessionEnded,
    Staff,
    check_attempts,
    normal_login,
)
from api.people.service import passwords
from api.people.store.accounts import Credentials, StaffAccounts
from api.people.store.attempts import KnownPlaces, SignInAttempts
from api.people.store.tokens import digest
from kernel.clock import Clock
from kernel.database.database import Database
from kernel.database.transaction import Transaction
from kernel.ids import Ids
from kernel.privacy.crypto import Keyring

LONGEST_DEVICE = 200
"""Most characters of a browser's device cookie."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session; `secret` and `device` are only in cookies and stored nowhere else."""

    staff: Staff
    secret: str
    device: str


class StaffSignIn:
    """Signs staff in and finds the account of a session.

    Attempts are counted in the store, for all processes and across restarts. Demo accounts are
    refused unless `demo` is set, because a store from demo mode still has them.
    """

    def __init__(
        self, database: Database, clock: Clock, ids: Ids, keyring: Keyring, *, demo: bool = False
    ) -> None:
        self._database = database
        self._demo = demo
        self._clock = clock
        self._ids = ids
        self._keyring = keyring
        # At most two at once: hashing is slow on purpose and uses the processor.
        self._hashing = asyncio.Semaphore(2)

    async def sign_in(self, login: str, password: str, address: str, device: str = "") -> SignedIn:
        """Begin a session.

        Args:
            login: as typed.
                password: as typed.
                address: the network address of the attempt; counted, not stored.
                device: the device cookie of an earlier sign-in, if any.

            Raises:
                TooManyAttempts: attempts are blocked for a while.
                CredentialsWrong: login or password is wrong, or the account is closed here.
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
        # Counted before the check, so that parallel attempts are limited too.
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
        """Return the account of a session; `session` is the digest of its secret.

        It is read again at each page event, so that a closed account loses its access at once.

        Raises:
            SessionEnded: there is no such session, or it has ended.
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
    """Return the digest of a session's secret."""
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
