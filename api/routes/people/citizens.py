"""Serve `/v1/contact-points`: the opaque reply addresses of citizens."""

from fastapi import APIRouter, Response

from api.contract import ContactPointOut, RegisterContactPoint
from api.people.service import citizens
from api.routes.answers import answer, refusals
from api.routes.auth import Holder
from api.routes.context import InContext

router = APIRouter(prefix="/v1/contact-points", tags=["citizens"])


@router.put("", response_model=ContactPointOut, responses=refusals(400, 403, 413, 422))
async def register_contact_point(
    context: InContext, actor: Holder, order: RegisterContactPoint
) -> Response:
    """Register a contact point with a new citizen; a known one does not change."""
    point = await context.database.run(citizens.register_contact_point, context.desk, actor, order)
    return answer(point)
