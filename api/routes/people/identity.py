"""Serve `/v1/citizens`: link a citizen's channels, and follow a case of another channel.

They always concern the citizen for whom the service acts: no route takes a name or number.
"""

from fastapi import APIRouter, Response

from api.contract import AskJoinCode, CaseOut, Follow, Join, JoinCodeOut, Joined
from api.people.rules.codes import CodeWrong
from api.people.service import identity
from api.routes.answers import answer, refusals
from api.routes.auth import Speaker
from api.routes.context import InContext
from api.services.cases import following

router = APIRouter(prefix="/v1/citizens", tags=["citizens"])

_BODY = refusals(400, 403, 413, 422)
_CODE = refusals(400, 403, 404, 413, 422, 429)


@router.post("/join-codes", status_code=201, response_model=JoinCodeOut, responses=_BODY)
async def show_join_code(context: InContext, actor: Speaker, order: AskJoinCode) -> Response:
    """Make a code that links this channel with the one on which it is typed."""
    code = await context.database.run(identity.show_code, context.desk, actor, order)
    return answer(code, 201)


@router.post("/join", response_model=Joined, responses=_CODE)
async def join_channels(context: InContext, actor: Speaker, order: Join) -> Response:
    """Enter a code of another channel: both then belong to one citizen."""
    joined = await context.database.run(identity.join, context.desk, actor, order)
    if joined is None:
        raise CodeWrong
    return answer(joined)


@router.post("/follow", response_model=CaseOut, responses=_CODE)
async def follow_case(context: InContext, actor: Speaker, order: Follow) -> Response:
    """Follow one case with the number and the access code of its receipt."""
    case = await context.database.run(following.follow, context.desk, actor, order)
    if case is None:
        raise CodeWrong
    return answer(case)
