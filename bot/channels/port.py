"""What a channel is that `bot.app.build` is handed: a road in, and a sender for the road out."""

from typing import Protocol

from fastapi import APIRouter

from bot.inbound.intake import Intake
from bot.outbound.rates import Gate
from bot.outbound.sender import Sender


class Channel(Sender, Protocol):
    """A channel that is written to: what is said in it goes out row by row through `send`.

    `name` stands in conversations, cases and reports; at most 32 of a-z, 0-9 and _. `gate` keeps
    the rates of whatever carries the messages. Whoever makes a channel closes what it holds.
    """

    name: str
    gate: Gate

    def add_to(self, router: APIRouter, intake: Intake) -> None:
        """Add the routes that messages come in by; each is acknowledged after `receive`."""
        ...
