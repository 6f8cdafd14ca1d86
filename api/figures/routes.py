"""Serve `/v1/figures` and `/v1/supervision`: rates, figures, steps, records, circulars."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response

from api.catalogue.rules.categories import RequestKind
from api.contract.cases.case import Kind as KindName
from api.contract.figures.figures import CaseFigures, FiguresBy
from api.contract.figures.supervision import Circular, CircularOf, Escalations, UnitRecords
from api.contract.wire import Day
from api.figures.rules import Grouping, Period
from api.figures.service import supervision
from api.figures.service.figures import FiguresQuery, read_figures
from api.figures.service.spreadsheets import circular_csv, figures_csv, records_csv
from api.routes.answers import answer, refusals
from api.routes.auth import Holder
from api.routes.context import InContext

router = APIRouter(prefix="/v1/figures", tags=["figures"])
supervision_router = APIRouter(prefix="/v1/supervision", tags=["supervision"])

_CSV: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}}
}
Language = Literal["zh", "en"]
_CODE = r"^[A-Za-z0-9_.:-]+$"


async def _asked(
    since: Annotated[Day, Query(description="The first day on which cases came.")],
    until: Annotated[Day, Query(description="The last one; a year later at most.")],
    by: Annotated[FiguresBy, Query(description="What they are told apart by.")] = "unit",
    unit: Annotated[str | None, Query(max_length=64, pattern=_CODE)] = None,
    category: Annotated[
        str | None, Query(max_length=16, pattern=_CODE, description="A code of either level.")
    ] = None,
    place: Annotated[
        str | None, Query(max_length=64, pattern=_CODE, description="A street or a district.")
    ] = None,
    kind: KindName | None = None,
) -> FiguresQuery:
    return FiguresQuery(
        Period(since, until),
        Grouping(by),
        unit,
        category,
        place,
        RequestKind(kind) if kind else None,
    )


_Asked = Annotated[FiguresQuery, Depends(_asked)]


@router.get("", response_model=CaseFigures, responses=refusals(403, 422))
async def read_case_figures(context: InContext, actor: Holder, asked: _Asked) -> Response:
    """Read rates and figures of the cases opened in a period, and those of a year earlier.

    Leaders, supervisors and administrators see all units; a unit sees its own cases. Each rate has
    its numerator and denominator; the formulas are settings of the city.
    """
    return answer(await context.database.read(read_figures, context.desk, actor, asked))


@router.get(
    ".csv",
    response_class=Response,
    responses={**refusals(403, 422), **_CSV},
)
async def export_case_figures(
    context: InContext, actor: Holder, asked: _Asked, language: Language = "zh"
) -> Response:
    """Read the same as a table for a spreadsheet, names in one language."""
    found = await context.database.read(read_figures, context.desk, actor, asked)
    name = f"figures-{found.by}-{found.since}-{found.until}"
    return _table(figures_csv(found, language), name)


async def _period(
    since: Annotated[Day, Query(description="The first day.")],
    until: Annotated[Day, Query(description="The last one; a year later at most.")],
) -> Period:
    return Period(since, until)


_Period = Annotated[Period, Depends(_period)]


@supervision_router.get("/steps", response_model=Escalations, responses=refusals(403, 422))
async def list_steps(
    context: InContext,
    actor: Holder,
    cursor: Annotated[str | None, Query(max_length=200, description="`next` of a page.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """List warnings, urgings, supervisions and reports, newest first.

    A unit reads those of its own clocks and cases, the hotline all.
    """
    found = await context.database.read(
        supervision.read_steps, context.desk, actor, cursor=cursor, limit=limit
    )
    return answer(found)


@supervision_router.get("/units", response_model=UnitRecords, responses=refusals(403, 422))
async def read_records(context: InContext, actor: Holder, period: _Period) -> Response:
    """Read the records of units in a period: clocks missed, steps taken about their cases."""
    found = await context.database.read(supervision.read_records, context.desk, actor, period)
    return answer(found)


@supervision_router.get(
    "/units.csv", response_class=Response, responses={**refusals(403, 422), **_CSV}
)
async def export_records(
    context: InContext, actor: Holder, period: _Period, language: Language = "zh"
) -> Response:
    """Read the same as a table for a spreadsheet."""
    found = await context.database.read(supervision.read_records, context.desk, actor, period)
    return _table(records_csv(found, language), f"units-{found.since}-{found.until}")


@supervision_router.get(
    "/circulars/{of}.csv", response_class=Response, responses={**refusals(403, 422), **_CSV}
)
async def export_circular(
    context: InContext, actor: Holder, of: CircularOf, period: _Period, language: Language = "zh"
) -> Response:
    """Read the same as a table for a spreadsheet."""
    found = await context.database.read(supervision.read_circular, context.desk, actor, of, period)
    return _table(circular_csv(found, language), f"{of}-{found.since}-{found.until}")


@supervision_router.get("/circulars/{of}", response_model=Circular, responses=refusals(403, 422))
async def read_circular(
    context: InContext, actor: Holder, of: CircularOf, period: _Period
) -> Response:
    """Read the exemplary or the poor cases of a period, each with its reasons."""
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
