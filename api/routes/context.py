"""What the routes work with, hung on the app where it is built."""

import asyncio
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from api.ports import Files
from api.services.desk import Desk
from api.services.numbers import CaseNumbers
from api.services.tokens import Gate
from kernel.database import Database

_AT_ONCE = 2
"""Images decoded at the same time: each may take some hundred megabytes while it lasts."""


@dataclass(frozen=True, slots=True, repr=False)
class Context:
    """The parts of one running service."""

    database: Database
    desk: Desk
    gate: Gate
    numbers: CaseNumbers
    files: Files
    decoding: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))


async def _context(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


InContext = Annotated[Context, Depends(_context)]
"""A route's parameter that receives the context."""
