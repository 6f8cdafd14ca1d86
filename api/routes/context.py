"""Provide the dependencies of routes, stored in the app's state."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from api.people.service.tokens import TokenCheck
from api.ports import Files
from api.services.attachments.uploads import Uploads
from api.services.cases.numbers import CaseNumbers
from api.services.desk import ServiceDesk
from kernel.database.database import Database


@dataclass(frozen=True, slots=True, repr=False)
class Context:
    """Dependencies of one running service."""

    database: Database
    desk: ServiceDesk
    gate: TokenCheck
    numbers: CaseNumbers
    files: Files
    uploads: Uploads


async def _context(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


InContext = Annotated[Context, Depends(_context)]
"""A route's parameter that receives the context."""
