"""Repository of corrections of categories, with masked words."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, ForeignKey, LargeBinary, String, Table, select

from api.metadata import CASE, WITH_CASE, metadata
from api.store.cases.sealing import Seal
from kernel.database.columns import UtcDateTime
from kernel.database.transaction import Transaction
from kernel.privacy.crypto import Keyring
from kernel.privacy.personal import Copied, Fate, Holds, holds, plain

category_correction = Table(
    # One row per case. It should hold no personal data, but masking by rules may miss some: the
    # words are encrypted too, and deleted when the case is erased.
    "category_correction",
    metadata,
    Column("number", ForeignKey("cases.number"), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("before", String(16), nullable=False),
    Column("after", String(16), nullable=False),
    Column("model", String(64), nullable=False),
    Column(
        "words_sealed",
        LargeBinary,
        nullable=False,
        info=holds(
            Holds.WORDS,
            CASE,
            until=WITH_CASE,
            erased=Fate.ROW,
            copied=Copied.RECORD,
            sealed="case.correction:{number}",
        ),
    ),
    info=plain("number at before after model"),
)


@dataclass(frozen=True, slots=True)
class Correction:
    """A case that was moved from category `before` to `after`.

    `words` are the citizen's, without personal data; `model` is the model's version at that time.
    """

    number: str
    at: datetime
    before: str
    after: str
    model: str
    words: str


class Corrections:
    """The corrections of one transaction. The caller must lock the case."""

    def __init__(self, tx: Transaction, keyring: Keyring) -> None:
        self._tx = tx
        self._keyring = keyring

    def keep(self, new: Correction) -> None:
        """Store a case's first and last category; nothing if they are equal."""
        mine = category_correction.c.number == new.number
        first = self._tx.scalar(select(category_correction.c.before).where(mine))
        before = new.before if first is None else first
        if first is not None:
            self._tx.execute(category_correction.delete().where(mine))
        if before != new.after:
            self._tx.execute(
                category_correction.insert(),
                {
                    "number": new.number,
                    "at": new.at,
                    "before": before,
                    "after": new.after,
                    "model": new.model,
                    "words_sealed": Seal(self._keyring, new.number).text(new.words, "correction"),
                },
            )

    def all(self) -> list[Correction]:
        """List all corrections, oldest first."""
        query = select(category_correction).order_by(
            category_correction.c.at, category_correction.c.number
        )
        return [
            Correction(
                number=row.number,
                at=row.at,
                before=row.before,
                after=row.after,
                model=row.model,
                words=Seal(self._keyring, row.number).open_text(row.words_sealed, "correction")
                or "",
            )
            for row in self._tx.execute(query)
        ]
