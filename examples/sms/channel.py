"""Channel for text messages: a gateway posts citizens' messages and sends the replies.

The gateway sends `POST /sms` with `{"id", "from", "text"}` and the shared secret as a bearer token,
and repeats it until it gets 200. It accepts `POST /send` with `{"to", "text"}`. See README.md.
"""

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

import httpx

from bot.channels.webhook import WebhookChannel, outcome_of
from bot.message import InboundMessage, Reply
from bot.outbound.rates import RateGate
from bot.outbound.sender import Admit, Failed, Outcome
from kernel.clock import Clock


class SmsChannel(WebhookChannel):
    """Receive text messages at `/sms` and send replies through the gateway."""

    name = "sms"

    def __init__(
        self, gateway: httpx.AsyncClient, secret: str, clock: Clock, gate: RateGate
    ) -> None:
        super().__init__(secret, clock, gate)
        self._gateway = gateway

    def read(self, body: Mapping[str, Any]) -> InboundMessage:
        """Read one post of the gateway."""
        return self.message(str(body["from"]), str(body["id"]), str(body["text"]))

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
        return outcome_of(answer)
