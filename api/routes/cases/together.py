"""Serve joint work of several units on a case, and candidates of the month's joint review."""

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
    """List the open work of the actor's unit: helpers' tasks, views, decisions of meetings.

    The hotline reads that of all units. Work past its `due_at` is overdue.
    """
    return answer(await context.database.read(review.read_owed, context.desk, actor))


@router.get("/assessments/candidates", response_model=CandidatePage, responses=refusals(403, 422))
async def list_candidates(
    context: InContext,
    actor: Speaker,
    month: Annotated[str, Query(pattern=MONTH, examples=["2026-03"])],
) -> Response:
    """List candidates of the joint review of a month: concentrated, repeated, hard matters."""
    return answer(await context.database.read(review.candidates, context.desk, actor, month))
