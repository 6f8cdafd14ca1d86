"""Repository of answers by idempotency key, so that a repeated request runs once."""

from datetime import datetime

from sqlalchemy import bindparam, select

from api.domain.errors import IdempotencyKeyReused
from api.statements import insert_or_keep
from api.store.cases.tables import answered
from kernel.database.transaction import Transaction
from kernel.privacy.crypto import Keyring

_UNDER_KEY = (answered.c.actor == bindparam("of_actor")) & (answered.c.key == bindparam("of_key"))
_FIND = select(answered.c.fingerprint, answered.c.answer_sealed).where(_UNDER_KEY)
_KEEP = (
    answered.update()
    .where(_UNDER_KEY)
    .values(answer_sealed=bindparam("answer"), number=bindparam("of_number"))
)


class IdempotentAnswers:
    """Stored answers of one transaction. They contain personal data, so they are encrypted."""

    def __init__(self, tx: Transaction, keyring: Keyring) -> None:
        self._tx = tx
        self._keyring = keyring

    def claim(
        self,
        actor: str,
        key: str,
        fingerprint: bytes,
        now: datetime,
        contact_point: str | None = None,
    ) -> bytes | None:
        """Claim the key for this transaction, or return the answer stored under it.

        `contact_point` is the requester, so that the answer is erased with their other data. The
        claim is rolled back with the transaction, so a failed request may be sent again.

        Raises:
            IdempotencyKeyReused: the key was used for another request.
        """
        values = {
            "actor": actor,
            "key": key,
            "fingerprint": fingerprint,
            "at": now,
            "contact_point": contact_point,
        }
        if insert_or_keep(self._tx, answered, values):
            return None
        row = self._tx.execute(_FIND, {"of_actor": actor, "of_key": key}).one()
        if row.fingerprint != fingerprint:
            raise IdempotencyKeyReused
        return self._keyring.decrypt(row.answer_sealed, context=_context(actor, key))

    def keep(self, actor: str, key: str, answer: bytes, number: str | None) -> None:
        """Store the answer under the claimed key, with the case whose words it repeats.

        It is then erased with the case, also if another person received it.
        """
        sealed = self._keyring.encrypt(answer, context=_context(actor, key))
        values = {"of_actor": actor, "of_key": key, "answer": sealed, "of_number": number}
        self._tx.execute(_KEEP, values)


def _context(actor: str, key: str) -> str:
    return f"answered:{actor}:{key}"
