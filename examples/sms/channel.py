"""Channel for text messages: a gateway posts citizens' messages and sends the replies.

The gateway sends `POST /sms` with `{"id", "from", "text"}` and the shared secret as a bearer token,
and repeats it until it gets 200. It accepts `POST /send` with `{"to", "text"}`. See README.md.
"""

from contextlib import nullcontext

import httpx
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from bot import limits
from bot.http import RequestRefused, json_response, read_body, same, token_of
from bot.inbound.intake import Intake
from bot.inbound.unkept import Unkept
from bot.message import InboundMessage, Reply
from bot.outbound.rates import Gate
from bot.outbound.sender import Admit, Dead, Failed, Outcome, RetryAfter, Sent
from bot.outbound.sender import Refused as NotTaken
from kernel import json
from kernel.clock import Clock

_BODY = limits.KEPT + 1024


class SmsChannel:
    """Receive text messages (`add_to`) and send them (`send`). Implements `bot.channels.port`."""

    name = "sms"

    def __init__(self, gateway: httpx.AsyncClient, secret: str, clock: Clock, gate: Gate) -> None:
        self.gate = gate
        self._gateway = gateway
        self._secret = secret
        self._clock = clock
        self._rate = limits.SenderLimiter(20, 0.5)

    def add_to(self, router: APIRouter, intake: Intake) -> None:
        """Add the route for the gateway's posts."""

        async def received(request: Request) -> Response:
            try:
                await intake_of(await self._read(request))
            except RequestRefused as refused:
                return refused.response(request.url.path)
            return json_response({"kept": True})

        async def intake_of(inbound: InboundMessage) -> None:
            try:
                self._rate.take(inbound.address, self._clock.now())
                intake.go_on(await intake.receive(inbound))
            except limits.TooMany as many:
                raise RequestRefused(429, "too_many", "The sender writes too fast.") from many
            except limits.MessageTooLong as large:
                raise RequestRefused(413, "too_large", "The message is too long.") from large
            except Unkept as unkept:  # danger, and the store is unreachable
                await self.send(inbound.address, unkept.reply)
                raise RequestRefused(503, "not_kept", "It was not kept; post it again.") from unkept

        router.add_api_route("/sms", received, methods=["POST"], include_in_schema=False)

    async def _read(self, request: Request) -> InboundMessage:
        if not same(token_of(request), self._secret):
            raise RequestRefused(401, "token_wrong", "The secret is missing or wrong.")
        try:
            body = json.loads((await read_body(request, _BODY)).decode())
            id_, sender, text = (str(body[key]) for key in ("id", "from", "text"))
        except (ValueError, KeyError, TypeError) as error:
            raise RequestRefused(
                400, "body_broken", "`id`, `from` and `text` are needed."
            ) from error
        return InboundMessage(self.name, sender, id_, text, self._clock.now())

    async def send(
        self, address: str, reply: Reply, *, admit: Admit = nullcontext, **_: object
    ) -> Outcome:
        """Send a reply as one message; a citizen answers a button by typing its title."""
        titles = (f"[{button.title}]" for button in reply.buttons)
        text = "\n".join(part for part in (reply.text, reply.image, *titles) if part)
        try:
            async with admit():
                answer = await self._gateway.post("/send", json={"to": address, "text": text})
        except httpx.HTTPError as error:
            return Failed(type(error).__name__)
        match answer.status_code:
            case 200:
                return Sent()
            case 429:
                seconds = answer.headers.get("retry-after", "")
                return RetryAfter(float(seconds) if seconds.isdecimal() else 5.0)
            case 410:
                return Dead("the number is gone")
            case status if status < 500:
                return NotTaken(f"status {status}")
            case status:
                return Failed(f"status {status}")
