"""`/v1/figures`: the rates and figures of cases."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response

from api.contract.cases import Kind as KindName
from api.contract.figures import CaseFigures, FiguresBy
from api.contract.wire import Day
from api.domain.catalogue import Kind
from api.domain.figures import By, Period
from api.routes.answers import answer, refusals
from api.routes.auth import Holder
from api.routes.context import InContext
from api.services.figures import Asked, read_figures
from api.services.figures_csv import figures_csv

router = APIRouter(prefix="/v1/figures", tags=["figures"])

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
) -> Asked:
    return Asked(Period(since, until), By(by), unit, category, place, Kind(kind) if kind else None)


_Asked = Annotated[Asked, Depends(_asked)]


@router.get("", response_model=CaseFigures, responses=refusals(403, 422))
async def read_case_figures(context: InContext, actor: Holder, asked: _Asked) -> Response:
    """Read rates and figures of the cases that came in a period, beside those of a year earlier.

    Leaders, supervisors and administrators see all units, a unit sees its own cases. Each rate
    comes with its numerator and denominator; the formulas are settings of the city.
    """
    return answer(await context.database.read(read_figures, context.desk, actor, asked))


@router.get(
    ".csv",
    response_class=Response,
    responses={
        **refusals(403, 422),
        200: {"content": {"text/csv": {"schema": {"type": "string"}}}},
    },
)
async def export_case_figures(
    context: InContext, actor: Holder, asked: _Asked, language: Literal["zh", "en"] = "zh"
) -> Response:
    """Read the same as a table for a spreadsheet, names in one language."""
    found = await context.database.read(read_figures, context.desk, actor, asked)
    name = f"figures-{found.by}-{found.since}-{found.until}.csv"
    return Response(
        figures_csv(found, language),
        media_type="text/csv; charset=utf-8",
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="{name}"',
        },
    )
