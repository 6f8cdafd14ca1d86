"""What several units do about a case, and what the month's joint review takes up."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.contract.cases.together import CandidatePage, TogetherOut, WaitingTasks
from api.contract.wire import MONTH
from api.routes.answers import answer, refusals
from api.routes.auth import Speaker
from api.routes.context import InContext
from api.services.joint import review

router = APIRouter(prefix="/v1", tags=["handling together"])


@router.get(
    "/cases/{number}/together", response_model=TogetherOut, responses=refusals(403, 404, 422)
)
async def read_together(context: InContext, actor: Speaker, number: str) -> Response:
    """Read the assessments, the helpers' tasks and the meetings of a case."""
    return answer(await context.database.read(review.read_together, context.desk, actor, number))


@router.get("/tasks", response_model=WaitingTasks, responses=refusals(403, 422))
async def list_tasks(context: InContext, actor: Speaker) -> Response:
    """List what one's unit owes to cases: helpers' tasks, views, what a meeting decided.

    The hotline reads what all units owe. What is past its `due_at` is overdue.
    """
    return answer(await context.database.read(review.read_owed, context.desk, actor))


@router.get("/assessments/candidates", response_model=CandidatePage, responses=refusals(403, 422))
async def list_candidates(
    context: InContext,
    actor: Speaker,
    month: Annotated[str, Query(pattern=MONTH, examples=["2026-03"])],
) -> Response:
    """List what the joint review of a month may take up: concentrated, repeated, hard matters."""
    return answer(await context.database.read(review.candidates, context.desk, actor, month))
