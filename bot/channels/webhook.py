"""Base of a channel whose carrier posts messages over HTTP and takes replies over HTTP."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

import httpx
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from bot import limits
from bot.http import RequestRefused, json_response, read_body, same, token_of
from bot.inbound.intake import Intake
from bot.inbound.unkept import NotStored
from bot.message import InboundMessage, Reply
from bot.outbound.rates import RateGate
from bot.outbound.sender import Admit, Dead, Failed, Outcome, Refused, RetryAfter, Sent
from kernel import json
from kernel.clock import Clock

_BODY = limits.KEPT + 1024
_PAUSE = 5.0
"""Seconds to wait after a 429 that names none."""


class WebhookChannel(ABC):
    """Receive posts at `/NAME`: check the secret, size, rate limit, and answer 200 once stored.

    A subclass gives `name`, and says with `read` and `send` what is the carrier's own. Implements
    `bot.channels.port.Channel`.
    """

    name: str

    def __init__(self, secret: str, clock: Clock, gate: RateGate) -> None:
        self.gate = gate
        self._secret = secret
        self._clock = clock
        self._rate = limits.SenderLimiter(20, 0.5)

    @abstractmethod
    def read(self, body: Mapping[str, Any]) -> InboundMessage:
        """Read one post with `self.message`. KeyError, TypeError or ValueError refuses it."""

    @abstractmethod
    async def send(
        self, address: str, reply: Reply, *, event: int, skip: int = 0, admit: Admit = nullcontext
    ) -> Outcome:
        """Send one reply. See `bot.outbound.sender.Sender`."""

    def message(self, address: str, id_: str, text: str) -> InboundMessage:
        """Make a message that was received now."""
        return InboundMessage(self.name, address, id_, text, self._clock.now())

    def add_to(self, router: APIRouter, intake: Intake) -> None:
        """Add the route for the carrier's posts."""

        async def received(request: Request) -> Response:
            try:
                await self._take_in(await self._read(request), intake)
            except RequestRefused as refused:
                return refused.response(request.url.path)
            return json_response({"kept": True})

        router.add_api_route(f"/{self.name}", received, methods=["POST"], include_in_schema=False)

    async def _read(self, request: Request) -> InboundMessage:
        if not same(token_of(request), self._secret):
            raise RequestRefused(401, "token_wrong", "The secret is missing or wrong.")
        try:
            return self.read(json.loads((await read_body(request, _BODY)).decode()))
        except (ValueError, KeyError, TypeError) as error:
            raise RequestRefused(400, "body_broken", "A field is missing or wrong.") from error

    async def _take_in(self, inbound: InboundMessage, intake: Intake) -> None:
        try:
            self._rate.take(inbound.address, self._clock.now())
            intake.go_on(await intake.receive(inbound))
        except limits.TooMany as many:
            raise RequestRefused(429, "too_many", "The sender writes too fast.") from many
        except limits.MessageTooLong as large:
            raise RequestRefused(413, "too_large", "The message is too long.") from large
        except NotStored as unkept:  # danger, and the store is away: say whom to call at once
            await self.send(inbound.address, unkept.reply, event=0)
            raise RequestRefused(503, "not_kept", "It was not kept; post it again.") from unkept


def outcome_of(answer: httpx.Response) -> Outcome:
    """Read the outcome of a sending off a carrier's HTTP status."""
    match answer.status_code:
        case status if status < 300:
            return Sent()
        case 429:
            seconds = answer.headers.get("retry-after", "")
            return RetryAfter(float(seconds) if seconds.isdecimal() else _PAUSE)
        case 410:
            return Dead("the address is gone")
        case status if status < 500:
            return Refused(f"status {status}")
        case status:
            return Failed(f"status {status}")
