"""Receive case events: store each signed webhook as an outbox row, then answer it.

The case service posts each event until the answer is 2xx, in order per case. So 200 means that the
row is committed, or that nothing needs to be stored: a repetition, a type without words, a contact
point that this database does not have. The words are made when the row is sent.
"""

from collections.abc import Awaitable, Callable, Sequence

from fastapi import APIRouter
from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response
from structlog import get_logger

from api.contract.events import LIVE_TYPES, Event
from api.contract.signing import SignatureWrong, verify
from bot.http import RequestRefused, json_response, read_body
from bot.outbound import outgoing
from bot.outbound.delivery import Delivery
from bot.outbound.pushes import push_of
from bot.store.envelope import Envelopes
from kernel.clock import Clock
from kernel.database.database import Database

PATH = "/hooks/events"

LARGEST = 256 * 1024
"""Most bytes of one event; the longest words of a unit are a tenth of it."""

Live = Callable[[Event], Awaitable[None]]
"""Handles an event of a live talk; raises when it could not be stored and must be posted again."""

logger = get_logger(__name__)


class Hooks:
    """Webhook endpoint for events. `secrets` are the valid signing secrets: two in a rotation."""

    def __init__(
        self,
        *,
        database: Database,
        envelopes: Envelopes,
        delivery: Delivery,
        clock: Clock,
        secrets: Sequence[str],
        live: Live | None = None,
    ) -> None:
        self._database = database
        self._envelopes = envelopes
        self._delivery = delivery
        self._clock = clock
        self._secrets = tuple(secrets)
        self._live = live

    def add_to(self, router: APIRouter) -> None:
        """Add the route."""
        router.add_api_route(PATH, self.receive, methods=["POST"], include_in_schema=False)

    async def receive(self, request: Request) -> Response:
        """Receive one event: 200 when it is stored or needs no row, 4xx when it is not valid."""
        try:
            body = await read_body(request, LARGEST)
            verify(request.headers, body, self._secrets, self._clock.now())
            event = Event.model_validate_json(body)
        except RequestRefused as refused:
            return refused.response(PATH)
        except SignatureWrong as wrong:
            logger.warning("hook_refused", reason=str(wrong))
            return RequestRefused(401, "signature_wrong", "The signature is not valid.").response(
                PATH
            )
        except ValidationError as error:
            logger.warning("hook_unreadable", faults=error.error_count())
            return RequestRefused(422, "event_unreadable", "The body is no event.").response(PATH)
        try:
            result = await self.take(event)
        except SQLAlchemyError:
            logger.exception("hook_not_kept", key=event.id)
            return RequestRefused(503, "not_kept", "The event could not be kept now.").response(
                PATH
            )
        return json_response({"result": result})

    async def take(self, event: Event) -> str:
        """Store one event exactly once; return what was done.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: it could not be stored; it must be posted again.
        """
        if event.type in LIVE_TYPES and self._live is not None:
            await self._live(event)
            return "live"
        try:
            push = push_of(event)
        except ValidationError as error:
            # A repetition would be broken too, and would block all later events of its case.
            logger.error("event_data_unreadable", key=event.id, faults=error.error_count())
            return "unreadable"
        if push is None:
            return "nothing_to_tell"
        try:
            pushed = await self._database.run(
                outgoing.push,
                event.contact_point,
                key=event.id,
                body=self._envelopes.seal_push(push),
                urgency=push.urgency,
                status_of=lambda channel: self._delivery.status(channel, carried=False),
                now=self._clock.now(),
            )
        except IntegrityError:
            return "repeated"
        if pushed is None:
            logger.warning("contact_point_unknown", key=event.id, type=event.type)
            return "unknown"
        self._delivery.ring(event.contact_point, pushed.channel)
        self._delivery.ring_reports()
        return "kept"
