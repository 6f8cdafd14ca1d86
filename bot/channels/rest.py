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
import math
from collections.abc import Callable, Mapping, Sequence
from json import JSONDecoder
from typing import Any, NoReturn

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response
from structlog import get_logger

from bot import limits
from bot.dialogue.engine.port import Engine, EngineUnavailable
from bot.http import (
    MESSAGE_ID,
    SENDER,
    RequestRefused,
    json_response,
    read_body,
    same,
    token_of,
)
from bot.inbound.intake import PAYLOAD, TITLE, Intake
from bot.inbound.quotas import Quotas
from bot.inbound.unkept import Unkept
from bot.message import InboundMessage, OutboxMessage
from kernel.clock import Clock
from kernel.ids import Ids
from kernel.peer import address_of

CHANNEL = "rest"

_BODY = limits.KEPT + 16 * 1024
"""Largest request in bytes: the longest accepted message, and space for its metadata."""

_REMEMBERED = 10_000
"""Most senders without a token whose conversation is cached, to save a query."""

_DEEP = 8
"""Deepest nesting of metadata."""

logger = get_logger(__name__)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_read_json = JSONDecoder(parse_constant=_no_constant).decode


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
            openapi_extra=_documented(_MESSAGE_IN),
            responses=_responses(_MESSAGE_OUT),
        )
        router.add_api_route(
            "/model/parse",
            self._guarded(self._parse),
            methods=["POST"],
            name="rest_parse",
            tags=["rest"],
            summary="Understand a text without answering it",
            description="Tells intent, entities and category, as Rasa's server does for this path.",
            openapi_extra=_documented(_PARSE_IN),
            responses=_responses({"type": "object"}),
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
                response: Response = await act(request, _object(await read_body(request, _BODY)))
            except RequestRefused as refused:
                return refused.response(request.url.path)
            except Unkept as unkept:
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
        sender = _sender(body)
        text = _text(body, "message")
        metadata = _metadata(body)
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
        return json_response(_entries(sender, answer.said))

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
        text = limits.clean(_text(body, "text"))[: limits.HANDLED]
        message_id = None if body.get("message_id") is None else _text(body, "message_id")
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


def _not_kept(unkept: Unkept) -> RequestRefused:
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


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = _read_json(body.decode())
    except (ValueError, RecursionError) as error:
        raise RequestRefused(400, "json_broken", "The body is not JSON in UTF-8.") from error
    if not isinstance(value, dict):
        raise _wrong("body", "an object")
    return value


def _wrong(field: str, wanted: str) -> RequestRefused:
    return RequestRefused(
        422, "field_wrong", f"`{field}` must be {wanted}.", {"field": field, "wanted": wanted}
    )


def _sender(body: Mapping[str, Any]) -> str:
    sender = body.get("sender")
    if isinstance(sender, int) and not isinstance(sender, bool):
        sender = str(sender)  # as Rasa reads it
    wanted = f"a string of 1 to {SENDER} characters"
    if not isinstance(sender, str) or not 0 < len(sender) <= SENDER:
        raise _wrong("sender", wanted)
    if limits.clean(sender) != sender:  # the cleaned id could belong to another sender
        raise _wrong("sender", f"{wanted} without control characters, no blanks at its ends")
    return sender


def _text(body: Mapping[str, Any], field: str) -> str:
    text = body.get(field)
    if not isinstance(text, str):
        raise _wrong(field, "a string")
    return text


def _metadata(body: Mapping[str, Any]) -> dict[str, Any]:
    given = body.get("metadata")
    if given is None or given == []:  # some languages write an empty object as a list
        return {}
    if not isinstance(given, dict):
        raise _wrong("metadata", "an object")
    metadata = {
        key: value for key, value in _plain(given, _DEEP).items() if key not in (PAYLOAD, TITLE)
    }
    message_id = metadata.get("message_id")
    if isinstance(message_id, int) and not isinstance(message_id, bool):
        message_id = metadata["message_id"] = str(message_id)
    if message_id is not None and not (
        isinstance(message_id, str) and 0 < len(message_id) <= MESSAGE_ID
    ):
        raise _wrong("metadata.message_id", f"a string of 1 to {MESSAGE_ID} characters")
    if metadata.get("language", "zh") not in ("zh", "en"):
        raise _wrong("metadata.language", "zh or en")
    return metadata


def _plain(value: Any, levels: int) -> Any:  # noqa: ANN401 - any JSON
    """Clean each string of a JSON value, and reject values that cannot be stored."""
    if isinstance(value, str):
        return limits.clean(value)
    if isinstance(value, float) and not math.isfinite(value):  # 1e999
        raise _wrong("metadata", "an object of finite numbers")
    if isinstance(value, (dict, list)) and levels == 0:
        raise _wrong("metadata", f"an object of at most {_DEEP} levels")
    if isinstance(value, dict):
        return {limits.clean(key): _plain(part, levels - 1) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part, levels - 1) for part in value]
    return value


def _entries(recipient: str, said: Sequence[OutboxMessage]) -> list[dict[str, Any]]:
    """Make Rasa's entries: text with its buttons, then the custom part, then the image."""
    entries: list[dict[str, Any]] = []
    for entry in said:
        reply = entry.reply
        words: dict[str, Any] = {"recipient_id": recipient, "text": reply.text}
        if reply.buttons:
            words["buttons"] = [
                {"title": button.title, "payload": button.payload} for button in reply.buttons
            ]
        entries.append(words)
        if reply.custom:
            entries.append({"recipient_id": recipient, "custom": reply.custom})
        if reply.image:
            entries.append({"recipient_id": recipient, "image": reply.image})
    return entries


_MESSAGE_IN: dict[str, Any] = {
    "type": "object",
    "required": ["sender", "message"],
    "properties": {
        "sender": {
            "type": ["string", "integer"],
            "minLength": 1,
            "maxLength": SENDER,
            "pattern": rf"^[^\s{limits.DROPPED}](?:[^\r{limits.DROPPED}]*[^\s{limits.DROPPED}])?$",
        },
        "message": {"type": "string"},
        "metadata": {
            "description": f"Goes to the actions with the message; at most {_DEEP} levels.",
            "type": ["object", "null", "array"],
            "items": {},
            "maxItems": 0,
            "properties": {
                "message_id": {
                    "type": ["string", "integer", "null"],
                    "minLength": 1,
                    "maxLength": MESSAGE_ID,
                    "pattern": rf"[^\s{limits.DROPPED}]",
                },
                "language": {"enum": ["zh", "en"]},
            },
        },
    },
    "example": {
        "sender": "citizen-1",
        "message": "The street lights in our compound have been out for three days",
        "metadata": {"message_id": "1"},
    },
}

_MESSAGE_OUT: dict[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["recipient_id"],
        "properties": {
            "recipient_id": {"type": "string"},
            "text": {"type": "string"},
            "buttons": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["title", "payload"],
                    "properties": {"title": {"type": "string"}, "payload": {"type": "string"}},
                },
            },
            "custom": {"type": "object"},
            "image": {"type": "string"},
        },
    },
}

_PARSE_IN: dict[str, Any] = {
    "type": "object",
    "required": ["text"],
    "properties": {"text": {"type": "string"}, "message_id": {"type": ["string", "null"]}},
    "example": {"text": "How far along is my case?"},
}

_REFUSALS = {
    400: "The body is not JSON",
    401: "The token is missing or wrong",
    413: "The message is too large",
    415: "The Content-Type is not application/json",
    422: "A field is missing or wrong",
    429: "The sender writes too fast",
    503: "The engine is away; or danger was heard and not kept: `params.words` says whom to call",
}


def _documented(schema: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _responses(schema: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        200: {"description": "The replies", "content": {"application/json": {"schema": schema}}},
        **{
            status: {"description": description, "content": problem}
            for status, description in _REFUSALS.items()
        },
    }
