"""Serialise and encrypt personal data of cases, and read it back.

Each encrypted value is bound to its place by its context (its kind and its case), so that a value
that is copied to another row cannot be decrypted.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from api.catalogue.rules.texts import Text
from api.domain.cases.matter import CitizenContact, ContactMode, Location, Matter, MatterTime
from api.domain.cases.routing import CodedReason
from kernel import json
from kernel.clock import SHANGHAI
from kernel.privacy.crypto import Keyring

Plain: TypeAlias = Mapping[str, Any]


class Seal:
    """Encrypts and decrypts the values of one case; `number` is part of every context."""

    def __init__(self, keyring: Keyring, number: str) -> None:
        self._keyring = keyring
        self._number = number

    def matter(self, matter: Matter) -> bytes:
        """Encrypt the citizen's matter."""
        return self._seal("matter", _matter_out(matter))

    def open_matter(self, sealed: bytes) -> Matter:
        """Decrypt the citizen's matter."""
        return _matter_in(self._open("matter", sealed))

    def contact(self, contact: CitizenContact, context: str) -> bytes | None:
        """Encrypt name and phone under `contact` or `reporter`; None when both are unknown."""
        if contact.name is None and contact.phone is None:
            return None
        return self._seal(context, {"name": contact.name, "phone": contact.phone})

    def open_contact(self, mode: str, sealed: bytes | None, context: str) -> CitizenContact:
        """Decrypt name and phone."""
        known = self._open(context, sealed) if sealed is not None else {}
        return CitizenContact(ContactMode(mode), known.get("name"), known.get("phone"))

    def text(self, text: str | None, context: str) -> bytes | None:
        """Encrypt a reason or a note."""
        return None if text is None else self._seal(context, {"text": text})

    def open_text(self, sealed: bytes | None, context: str) -> str | None:
        """Decrypt a reason or a note."""
        if sealed is None:
            return None
        text: str = self._open(context, sealed)["text"]
        return text

    def title(self, title: str | None) -> bytes | None:
        """Encrypt a title without JSON: a list decrypts many."""
        if title is None:
            return None
        return self._keyring.encrypt(title.encode(), context=self._context("title"))

    def open_title(self, sealed: bytes | None) -> str | None:
        """Decrypt a title."""
        if sealed is None:
            return None
        return self._keyring.decrypt(sealed, context=self._context("title")).decode()

    def _context(self, what: str) -> str:
        return f"case.{what}:{self._number}"

    def _seal(self, context: str, plain: Plain) -> bytes:
        data = json.dumps(plain).encode()
        return self._keyring.encrypt(data, context=self._context(context))

    def _open(self, context: str, sealed: bytes) -> Plain:
        data = self._keyring.decrypt(sealed, context=self._context(context))
        plain: Plain = json.loads(data.decode())
        return plain


def because_out(because: Iterable[CodedReason]) -> list[Plain]:
    """Serialise reasons as JSON; names keep both languages as of that time."""
    return [
        {
            "code": reason.code,
            "params": {
                key: {"zh": value.zh, "en": value.en} if isinstance(value, Text) else value
                for key, value in reason.params.items()
            },
        }
        for reason in because
    ]


def because_in(written: Iterable[Plain]) -> tuple[CodedReason, ...]:
    """Parse serialised reasons."""
    return tuple(
        CodedReason(
            reason["code"],
            {
                key: value if isinstance(value, str) else Text(**value)
                for key, value in reason["params"].items()
            },
        )
        for reason in written
    )


def _matter_out(matter: Matter) -> Plain:
    place, time = matter.place, matter.time
    return {
        "happened": matter.happened,
        "demand": matter.demand,
        "details": dict(matter.details),
        "place": place
        and {
            "text": place.text,
            "district": place.district,
            "street": place.street,
            "community": place.community,
            "parts": dict(place.parts),
        },
        "time": time
        and {
            "text": time.text,
            "start": time.start and time.start.isoformat(),
            "end": time.end and time.end.isoformat(),
            "recurrence": time.recurrence,
        },
    }


def _matter_in(written: Plain) -> Matter:
    place, time = written["place"], written["time"]
    return Matter(
        happened=written["happened"],
        demand=written["demand"],
        details=written["details"],
        place=place and Location(**place),
        time=time
        and MatterTime(
            text=time["text"],
            start=_moment(time["start"]),
            end=_moment(time["end"]),
            recurrence=time["recurrence"],
        ),
    )


def _moment(written: str | None) -> datetime | None:
    if not written:
        return None
    moment = datetime.fromisoformat(written)
    # Early versions accepted times without an offset: they are in the city's time zone.
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
