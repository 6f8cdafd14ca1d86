"""Serve `/v1/intake`: a clerk records a citizen's matter at a counter or by telephone."""

from fastapi import APIRouter, Response

from api.contract import CaseOut
from api.contract.cases.intake import TakeDown
from api.routes.answers import answer, refusals
from api.routes.auth import Holder, IdempotencyKey
from api.routes.context import InContext
from api.services.moves import intake

router = APIRouter(prefix="/v1/intake", tags=["cases"])


@router.post(
    "", status_code=201, response_model=CaseOut, responses=refusals(400, 403, 409, 413, 422)
)
async def take_down(
    context: InContext, actor: Holder, order: TakeDown, key: IdempotencyKey = None
) -> Response:
    """Open a case for a citizen in person or on the telephone, as a clerk.

    Missing required details are owed. The citizen cannot get messages afterwards: the receipt's
    `access_code` links the case to a chat later, and the callback is a telephone call.
    """
    number = await context.numbers.take()
    case = await context.database.run(
        intake.take_down, context.desk, actor, order, number=number, key=key
    )
    return answer(case, 201, {"Location": f"/v1/cases/{case.number}"})
