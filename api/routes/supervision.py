"""`/v1/supervision`: steps taken about cases, records of units, circulars."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response

from api.contract.supervision import Circular, CircularOf, Escalations, UnitRecords
from api.contract.wire import Day
from api.domain.figures import Period
from api.routes.answers import answer, refusals
from api.routes.auth import Holder
from api.routes.context import InContext
from api.services import supervision
from api.services.supervision_csv import circular_csv, records_csv

router = APIRouter(prefix="/v1/supervision", tags=["supervision"])

_CSV: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}}
}
Language = Literal["zh", "en"]


async def _period(
    since: Annotated[Day, Query(description="The first day.")],
    until: Annotated[Day, Query(description="The last one; a year later at most.")],
) -> Period:
    return Period(since, until)


_Period = Annotated[Period, Depends(_period)]


@router.get("/steps", response_model=Escalations, responses=refusals(403, 422))
async def list_steps(
    context: InContext,
    actor: Holder,
    cursor: Annotated[str | None, Query(max_length=200, description="`next` of a page.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """List warnings, urgings, supervisions and reports, newest first: the inbox of who is told.

    A unit reads those about its own clocks and cases, the hotline all.
    """
    found = await context.database.read(
        supervision.read_steps, context.desk, actor, cursor=cursor, limit=limit
    )
    return answer(found)


@router.get("/units", response_model=UnitRecords, responses=refusals(403, 422))
async def read_records(context: InContext, actor: Holder, period: _Period) -> Response:
    """Read the records of units in a period: clocks missed, steps taken about their cases."""
    found = await context.database.read(supervision.read_records, context.desk, actor, period)
    return answer(found)


@router.get("/units.csv", response_class=Response, responses={**refusals(403, 422), **_CSV})
async def export_records(
    context: InContext, actor: Holder, period: _Period, language: Language = "zh"
) -> Response:
    """Read the same as a table for a spreadsheet."""
    found = await context.database.read(supervision.read_records, context.desk, actor, period)
    return _table(records_csv(found, language), f"units-{found.since}-{found.until}")


@router.get(
    "/circulars/{of}.csv", response_class=Response, responses={**refusals(403, 422), **_CSV}
)
async def export_circular(
    context: InContext, actor: Holder, of: CircularOf, period: _Period, language: Language = "zh"
) -> Response:
    """Read the same as a table for a spreadsheet."""
    found = await context.database.read(supervision.read_circular, context.desk, actor, of, period)
    return _table(circular_csv(found, language), f"{of}-{found.since}-{found.until}")


@router.get("/circulars/{of}", response_model=Circular, responses=refusals(403, 422))
async def read_circular(
    context: InContext, actor: Holder, of: CircularOf, period: _Period
) -> Response:
    """Read the exemplary or the poor cases of a period, each with what put it there."""
    found = await context.database.read(supervision.read_circular, context.desk, actor, of, period)
    return answer(found)


def _table(content: bytes, name: str) -> Response:
    return Response(
        content,
        media_type="text/csv; charset=utf-8",
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="{name}.csv"',
        },
    )
