"""Authenticate callers: a bearer token, and for a service the citizen for whom it acts."""

from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Header, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.errors import Forbidden, Unauthenticated
from api.people.rules.actor import Actor, Role
from api.routes.context import Context

_bearer = HTTPBearer(
    scheme_name="ServiceToken",
    description="A token made by `solvefirst`, or the one of SOLVEFIRST_SERVICE_TOKEN.",
    auto_error=False,
)

ContactPointHeader = Annotated[
    str | None,
    Header(
        alias="Contact-Point",
        pattern=r"^[A-Za-z0-9_.:-]+$",
        max_length=64,
        description="For whom a service speaks: the citizen's contact point.",
        examples=["cnv_01K6Z9QF3D8M2T7R5V4X1A0BCE"],
    ),
]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[\x21-\x7e]+$",
        max_length=200,
        description=(
            "Makes a repeat harmless: the same key and body give the first answer again. "
            "The same key with another body is refused."
        ),
        examples=["cnv_01K6Z9QF3D8M2T7R5V4X1A0BCE:msg_17:open:1"],
    ),
]


_Credentials = Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]


async def _holder(request: Request, credentials: _Credentials) -> Actor:
    if credentials is None:
        raise Unauthenticated
    context: Context = request.app.state.context
    return await context.gate.actor(credentials.credentials)


Holder = Annotated[Actor, Depends(_holder)]
"""The holder of the token."""


async def _speaker(
    request: Request, credentials: _Credentials, contact_point: ContactPointHeader = None
) -> Actor:
    # Called directly: a dependency of a dependency would be built again for every route.
    holder = await _holder(request, credentials)
    if contact_point is None:
        return holder
    if holder.role is not Role.SERVICE:
        raise Forbidden(role=holder.role)
    return replace(holder, contact_point=contact_point)


Speaker = Annotated[Actor, Depends(_speaker)]
"""The actor: staff, or a citizen through a service."""
