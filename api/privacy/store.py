"""Erase personal words from records; numbers, categories and moves stay."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from api.domain.cases.matter import Matter
from api.domain.lifecycle import ENDS
from api.metadata import CASE, POINT, metadata
from api.people.tables import contact_point
from api.privacy.tables import erasure_due
from api.statements import insert_or_keep
from api.store.cases.sealing import Seal
from api.store.cases.tables import answered, cases
from kernel import json
from kernel.database.transaction import Transaction
from kernel.ids import Ids
from kernel.privacy import keeping
from kernel.privacy.crypto import Keyring

_ENDED = (
    select(erasure_due.c.number)
    .join(cases, cases.c.number == erasure_due.c.number)
    .where(cases.c.state.in_(list(ENDS)))
)


class ErasureStore:
    """Erasure in one transaction."""

    def __init__(self, tx: Transaction, keyring: Keyring, ids: Ids) -> None:
        self._tx = tx
        self._keyring = keyring
        self._ids = ids

    def cases_of(self, citizen: str) -> list[str]:
        """List the numbers of all cases of a citizen, oldest first."""
        query = (
            select(cases.c.number)
            .where(cases.c.citizen == citizen)
            .order_by(cases.c.opened_at, cases.c.number)
        )
        return list(self._tx.execute(query).scalars())

    def records(
        self, points: Sequence[str], numbers: Sequence[str]
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the rows of contact points and cases that an export copies as records."""

        def opened(sealed: bytes, context: str) -> str:
            text: str = json.loads(self._keyring.decrypt(sealed, context=context).decode())["text"]
            return text

        owners = {POINT.kind: points, CASE.kind: numbers}
        return keeping.records(self._tx, metadata.sorted_tables, owners, opened)

    def erase_case(self, number: str, now: datetime) -> None:
        """Erase all words to and from the citizen, and all files, of an ended case.

        Its number, category, territory and the moves with their times stay, without words. No
        access code opens it, and it is not linked to a conversation.
        """
        row = self._tx.execute(
            select(cases.c.contact_point, cases.c.channel, cases.c.language, cases.c.citizen).where(
                cases.c.number == number
            )
        ).one()
        self._tx.execute(
            cases.update()
            .where(cases.c.number == number)
            .values(
                matter_sealed=Seal(self._keyring, number).matter(Matter(happened="")),
                access_index=self._keyring.blind_index(
                    self._ids.secret(32), context="case.access.erased"
                ),
                contact_point=self._nowhere(row.citizen, row.channel, row.language, now),
            )
        )
        self._erase(CASE.kind, [number])

    def _nowhere(self, citizen: str, channel: str, language: str, now: datetime) -> str:
        """Make an unreachable contact point, one for each citizen and channel."""
        id_ = f"gone_{citizen}_{channel}"[:64]
        values = {
            "id": id_,
            "citizen": citizen,
            "channel": channel,
            "language": language,
            "registered_at": now,
        }
        insert_or_keep(self._tx, contact_point, values)
        return id_

    def forget_points(self, points: Sequence[str]) -> None:
        """Erase the data of contact points: codes, tickets, followed cases, answers."""
        self._erase(POINT.kind, points)

    def forget_answers(self, numbers: Sequence[str]) -> None:
        """Delete stored answers of any caller about some cases, because they repeat their data."""
        keeping.erase(self._tx, [answered], CASE.kind, numbers)

    def _erase(self, kind: str, ids: Sequence[str]) -> None:
        # Read at each call: slices register their tables after this module is loaded.
        keeping.erase(self._tx, reversed(metadata.sorted_tables), kind, ids)

    def part(self, old: str, new: str, points: Sequence[str], kept: Sequence[str]) -> None:
        """Move the conversations and the open cases of `old` to `new`.

        Erased data stay with `old`, which has no contact point any more.
        """
        self._tx.execute(
            contact_point.update().where(contact_point.c.id.in_(points)).values(citizen=new)
        )
        self._tx.execute(
            cases.update()
            .where(cases.c.citizen == old, cases.c.number.in_(kept))
            .values(citizen=new)
        )

    def due(self, number: str, now: datetime) -> None:
        """Mark an open case for erasure at its end."""
        insert_or_keep(self._tx, erasure_due, {"number": number, "asked_at": now})

    def ended(self, limit: int) -> list[str]:
        """List some of the marked cases that have ended."""
        query = _ENDED.with_only_columns(erasure_due.c.number).order_by(erasure_due.c.number)
        return list(self._tx.execute(query.limit(limit)).scalars())

    def count_ended(self) -> int:
        """Count the marked cases that have ended."""
        return self._tx.scalar(_ENDED.with_only_columns(func.count())) or 0

    def detach(self, number: str, citizen: str) -> None:
        """Move a case to a citizen without a contact point."""
        self._tx.execute(cases.update().where(cases.c.number == number).values(citizen=citizen))
