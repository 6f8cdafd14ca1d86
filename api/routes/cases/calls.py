"""Serve `/v1/calls`: citizens whom a clerk must call back (电话回访)."""

from fastapi import APIRouter, Response

from api.contract.surveys import CallPage, SurveyOut
from api.routes.answers import answer, refusals
from api.routes.auth import Holder, IdempotencyKey
from api.routes.context import InContext
from api.services.surveys import calls

router = APIRouter(prefix="/v1/calls", tags=["cases"])


@router.get("", response_model=CallPage, responses=refusals(403))
async def list_calls(context: InContext, actor: Holder) -> Response:
    """List the open calls, the soonest due first.

    The citizen's answers are posted to the survey of the case, all questions together.
    """
    return answer(await context.database.read(calls.list_calls, context.desk, actor))


@router.post(
    "/{number}/unreached", response_model=SurveyOut, responses=refusals(400, 403, 404, 409, 422)
)
async def note_unreached(
    context: InContext, actor: Holder, number: str, key: IdempotencyKey = None
) -> Response:
    """Record a call without an answer; after the last one the case is closed as unreached."""
    return answer(
        await context.database.run(calls.note_unreached, context.desk, actor, number, key=key)
    )
