"""Carry out a request only once per idempotency key."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel

from api.contract import CaseOut
from api.domain.lifecycle import Move
from api.people.rules.actor import Actor
from api.services.desk import ServiceDesk
from api.store.work import UnitOfWork

A = TypeVar("A", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class IdempotentRequest:
    """The request of a key: the move, the case if there is one, and the sent data."""

    move: Move
    number: str
    body: BaseModel | None
    key: str | None

    def fingerprint(self, actor: Actor) -> bytes:
        """Hash everything that must be equal when the key is repeated."""
        body = self.body.model_dump_json() if self.body is not None else ""
        parts = (self.move, self.number, actor.contact_point or "", body)
        return hashlib.sha256("\x1f".join(parts).encode()).digest()


def once(
    desk: ServiceDesk,
    work: UnitOfWork,
    actor: Actor,
    request: IdempotentRequest,
    carry_out: Callable[[], CaseOut],
) -> CaseOut:
    """As `once_as`, for requests that are answered with the case."""
    return once_as(CaseOut, desk, work, actor, request, carry_out)


def once_as(
    model: type[A],
    desk: ServiceDesk,
    work: UnitOfWork,
    actor: Actor,
    request: IdempotentRequest,
    carry_out: Callable[[], A],
) -> A:
    """Carry out a request, or return the stored answer (a `model`) of its key.

    Without a key it is carried out each time. A refused request stores nothing, so it may be
    corrected and sent again. Of two parallel requests with one key the second waits for the first.

    Raises:
        IdempotencyKeyReused: the key was used for another request.
    """
    if request.key is None:
        return carry_out()
    fingerprint = request.fingerprint(actor)
    now = desk.clock.now()
    kept = work.answers.claim(actor.id, request.key, fingerprint, now, actor.contact_point)
    if kept is not None:
        return model.model_validate_json(kept)
    answer = carry_out()
    number = getattr(answer, "number", None) or request.number or None
    work.answers.keep(actor.id, request.key, answer.model_dump_json().encode(), number)
    return answer
