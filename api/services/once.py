"""A request that is sent twice with one idempotency key is carried out once."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel

from api.contract import CaseOut
from api.domain.lifecycle import Move
from api.people.rules.actor import Actor
from api.services.desk import ServiceDesk
from api.store.work import Work

A = TypeVar("A", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Request:
    """What a key stands for: the move, the case if there is one yet, and what was sent."""

    move: Move
    number: str
    body: BaseModel | None
    key: str | None

    def fingerprint(self, actor: Actor) -> bytes:
        """Digest everything that must be the same when the key comes again."""
        body = self.body.model_dump_json() if self.body is not None else ""
        parts = (self.move, self.number, actor.contact_point or "", body)
        return hashlib.sha256("\x1f".join(parts).encode()).digest()


def once(
    desk: ServiceDesk, work: Work, actor: Actor, request: Request, carry_out: Callable[[], CaseOut]
) -> CaseOut:
    """Do as `once_as`, for what is answered with the case."""
    return once_as(CaseOut, desk, work, actor, request, carry_out)


def once_as(
    model: type[A],
    desk: ServiceDesk,
    work: Work,
    actor: Actor,
    request: Request,
    carry_out: Callable[[], A],
) -> A:
    """Carry out a request, or give the answer, a `model`, that its key already has.

    Without a key it is carried out each time. A request that is refused keeps nothing, so it may
    be mended and sent again. Of two with the same key at once the second waits for the first.

    Raises:
        IdempotencyKeyReused: the key stands for another request.
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
