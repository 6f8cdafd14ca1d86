"""Store the web chat's sessions: the secret gives access to the conversation.

The secret has 128 random bits and is made here, never by the page; only its hash is stored. A
session is stored with its first message, so that opening the page stores nothing.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from bot.store.tables import web_session
from kernel.database.database import Transaction

LIFETIME = timedelta(days=30)
"""Time after which an unused session expires."""


@dataclass(frozen=True, slots=True)
class ChatSession:
    """A web chat's address, which never leaves the server, and when its secret expires."""

    address: str
    expires_at: datetime


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


def find(tx: Transaction, secret: str, now: datetime) -> ChatSession | None:
    """Find the session of a secret; `None` when it is unknown or has expired."""
    row: Sequence[Any] | None = tx.execute(
        select(web_session.c.address, web_session.c.expires_at).where(
            web_session.c.secret_hash == _hash(secret)
        )
    ).first()
    return ChatSession(*row) if row is not None and row[1] > now else None


def keep(tx: Transaction, secret: str, address: str, now: datetime) -> None:
    """Store a new session."""
    tx.execute(
        insert(web_session),
        {"secret_hash": _hash(secret), "address": address, "expires_at": now + LIFETIME},
    )


def prolong(tx: Transaction, secret: str, now: datetime) -> None:
    """Extend the lifetime of a session that is used."""
    tx.execute(
        update(web_session)
        .where(web_session.c.secret_hash == _hash(secret))
        .values(expires_at=now + LIFETIME)
    )
