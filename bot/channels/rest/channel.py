"""Serve Rasa's REST channel; every client of Rasa's channel works with it.

`POST /webhooks/rest/webhook` takes `{"sender", "message", "metadata"?}` and answers with a list of
`{"recipient_id", "text", "buttons"?}`, `{…, "custom"}` and `{…, "image"}`, in order. `metadata`
is passed with the message to the actions. `metadata.message_id` is the idempotency key: a second
call with the same sender and id returns the same replies and does nothing else. Without it, a
repeated call is a new message. `POST /model/parse` returns the understanding of a text.

Outside demo mode both need the service token, as `Authorization: Bearer …` or `?token=…`. Texts
that begin with `/` are payloads (`bot.inbound.intake`), as with Rasa's clients.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response
from structlog import get_logger

from bot import limits
from bot.channels.rest.body import entries_of, metadata_of, object_of, sender_of, text_of
from bot.channels.rest.document import MESSAGE_IN, MESSAGE_OUT, PARSE_IN, request_of, responses_of
from bot.dialogue.engine.port import Engine, EngineUnavailable
from bot.http import (
    RequestRefused,
    json_response,
    read_body,
    same,
    token_of,
)
from bot.inbound.intake import PAYLOAD, Intake
from bot.inbound.quotas import Quotas
from bot.inbound.unkept import NotStored
from bot.message import InboundMessage
from kernel.clock import Clock
from kernel.ids import Ids
from kernel.peer import address_of

CHANNEL = "rest"

_BODY = limits.KEPT + 16 * 1024
"""Largest request in bytes: the longest accepted message, and space for its metadata."""

_REMEMBERED = 10_000
"""Most senders without a token whose conversation is cached, to save a query."""

logger = get_logger(__name__)


class RestChannel:
    """Serves the REST routes, which it adds to a router of `PlainRoute`s."""

    name = CHANNEL

    def __init__(
        self,
        *,
        intake: Intake,
        engine: Engine,
        clock: Clock,
        ids: Ids,
        rate: limits.SenderLimiter,
        quotas: Quotas,
        token: str | None,
        demo: bool,
        parse_seconds: float = 2.0,
    ) -> None:
        self._intake = intake
        self._engine = engine
        self._clock = clock
        self._ids = ids
        self._rate = rate
        self._quotas = quotas
        self._token = token
        self._demo = demo
        self._parse_seconds = parse_seconds
        self._known: set[str] = set()

    def add_to(self, router: APIRouter) -> None:
        """Add the channel's routes."""
        router.add_api_route(
            "/webhooks/rest/webhook",
            self._guarded(self._message),
            methods=["POST"],
            name="rest_message",
            tags=["rest"],
            summary="Say something and get the replies",
            description=(
                "Compatible with Rasa's REST channel. With `metadata.message_id` a call can be"
                " repeated safely."
            ),
            openapi_extra=request_of(MESSAGE_IN),
            responses=responses_of(MESSAGE_OUT),
        )
        router.add_api_route(
            "/model/parse",
            self._guarded(self._parse),
            methods=["POST"],
            name="rest_parse",
            tags=["rest"],
            summary="Understand a text without answering it",
            description="Tells intent, entities and category, as Rasa's server does for this path.",
            openapi_extra=request_of(PARSE_IN),
            responses=responses_of({"type": "object"}),
        )
        router.add_api_route(
            "/webhooks/rest/",
            self._status,
            methods=["GET"],
            name="rest_status",
            tags=["rest"],
            # Rasa's path ends with a slash, which is bad style in an API document.
            include_in_schema=False,
        )

    def _guarded(self, act: Callable[[Request, dict[str, Any]], Any]) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            try:
                self._let_in(request)
                _check_type(request)
                response: Response = await act(request, object_of(await read_body(request, _BODY)))
            except RequestRefused as refused:
                return refused.response(request.url.path)
            except NotStored as unkept:
                return _not_kept(unkept).response(request.url.path)
            except Exception:
                logger.exception("rest_failed")
                return _BROKEN.response(request.url.path)
            return response

        return endpoint

    def _let_in(self, request: Request) -> None:
        if self._demo:
            return
        if not self._has_token(request):
            raise RequestRefused(
                401,
                "token_wrong",
                "A valid service token is needed.",
                headers={"WWW-Authenticate": "Bearer"},
            )

    def _remember(self, sender: str) -> None:
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known.add(sender)

    def _has_token(self, request: Request) -> bool:
        return bool(self._token) and same(token_of(request), self._token or "")

    async def _message(self, request: Request, body: dict[str, Any]) -> Response:
        sender = sender_of(body)
        text = text_of(body, "message")
        metadata = metadata_of(body)
        await self._let_through(request, sender, text, metadata.get("language"))
        inbound = InboundMessage(
            channel=CHANNEL,
            address=sender,
            message_id=metadata.pop("message_id", None) or self._ids.secret(),
            text=text,
            sent_at=self._clock.now(),
            language=metadata.pop("language", None),
            metadata={**metadata, PAYLOAD: text.lstrip().startswith("/")},
        )
        try:
            answer = await self._intake.handle(inbound)
        except limits.MessageTooLong as large:
            raise RequestRefused(
                413,
                "message_too_large",
                f"The message is longer than {limits.KEPT} bytes.",
                {"limit": limits.KEPT},
            ) from large
        return json_response(entries_of(sender, answer.said))

    async def _let_through(
        self, request: Request, sender: str, text: str, language: str | None
    ) -> None:
        """Apply the rate limits to a message; a caller with the service token has no quota.

        Such a caller sends for many citizens. A report of danger is accepted beyond the limits, or
        refused with the emergency's words.
        """
        address = address_of(request.scope)
        try:
            self._rate.take(sender, self._clock.now())
            if not self._has_token(request):
                known = sender in self._known or await self._intake.in_time(
                    self._intake.knows(CHANNEL, sender), text, language
                )
                await self._quotas.message(address, begins=not known)
                self._remember(sender)
        except limits.TooMany as many:
            words = self._intake.words_unkept(text, language)
            if words is not None and await self._quotas.cry(address):
                return
            raise RequestRefused(
                429,
                "too_many_messages",
                "Too many messages from this sender or address; nothing of this one is kept.",
                {"seconds": many.seconds} | ({"words": words} if words else {}),
                {"Retry-After": str(many.seconds)},
            ) from many

    async def _parse(self, _request: Request, body: dict[str, Any]) -> Response:
        text = limits.clean(text_of(body, "text"))[: limits.HANDLED]
        message_id = None if body.get("message_id") is None else text_of(body, "message_id")
        try:
            async with asyncio.timeout(self._parse_seconds):
                reading = dict(await self._engine.parse(text))
        except (EngineUnavailable, TimeoutError) as away:
            raise RequestRefused(
                503, "engine_unavailable", "The engine is away.", headers={"Retry-After": "5"}
            ) from away
        if message_id is not None:
            reading["message_id"] = limits.clean(message_id)
        return json_response(reading)

    async def _status(self, _request: Request) -> Response:
        return json_response({"status": "ok"})


_BROKEN = RequestRefused(500, "internal", "Something broke on our side; the call can be repeated.")


def _not_kept(unkept: NotStored) -> RequestRefused:
    return RequestRefused(
        503,
        "not_kept",
        "The message was not kept in time; `params.words` are to be shown and the call repeated.",
        {"words": unkept.reply.text, "custom": unkept.reply.custom},
        {"Retry-After": "1"},
    )


def _check_type(request: Request) -> None:
    """Accept only JSON: a page of another site can send forms or plain text without preflight."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise RequestRefused(415, "type_wrong", "The Content-Type must be application/json.")
