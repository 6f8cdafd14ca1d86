"""Port of a channel for `bot.app.build`: it adds inbound routes and sends outbound messages."""

from typing import Protocol

from fastapi import APIRouter

from bot.inbound.intake import Intake
from bot.outbound.rates import RateGate
from bot.outbound.sender import Sender


class Channel(Sender, Protocol):
    """A channel with an outbox: its replies and pushes are sent one by one through `send`.

    `name` is stored in conversations, cases and reports; at most 32 of a-z, 0-9 and _. `gate` is
    the rate limit of the provider that carries the messages. The code that makes a channel also
    closes its connections.
    """

    name: str
    gate: RateGate

    def add_to(self, router: APIRouter, intake: Intake) -> None:
        """Add the routes for inbound messages; each is acknowledged after `receive`."""
        ...
