"""`/v1/intake`: what a clerk takes down for a citizen at a window or on the telephone."""

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
    """Open a case for a citizen who is there in person or on the line, as a clerk.

    Required details that are not given are owed. The citizen cannot be written to afterwards:
    `access_code` on the receipt joins the case to a chat later, and the callback is a call.
    """
    number = await context.numbers.take()
    case = await context.database.run(
        intake.take_down, context.desk, actor, order, number=number, key=key
    )
    return answer(case, 201, {"Location": f"/v1/cases/{case.number}"})
