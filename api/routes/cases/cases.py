"""Routes of `/v1/cases`: open, read, list, add words, callback survey (moves: see `moves`)."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response

from api.contract import CaseClocks, CaseOut, CasePage, History, OpenCase, Remark
from api.contract.cases.case import State as StateName
from api.contract.surveys import SurveyAnswer, SurveyOut
from api.contract.wire import Day, Switch, clean
from api.domain.lifecycle import CaseState
from api.people.rules.actor import Role
from api.routes.answers import answer, refusals
from api.routes.auth import Holder, IdempotencyKey, Speaker
from api.routes.cases.moves import MOVE, moved
from api.routes.context import InContext
from api.routes.preconditions import IfMatch
from api.services import showing
from api.services.cases import reading
from api.services.cases.queue import QueueFilter
from api.services.moves import moving, parting
from api.services.moves.opening import open_case as open_case_
from api.services.surveys import survey
from api.store.cases.queue import Flag, Order

router = APIRouter(prefix="/v1/cases", tags=["cases"])

_CODE = r"^[A-Za-z0-9_.:-]+$"
FlagName = Literal["urgent", "urged", "owed", "supervised", "reported", "hard", "instructed"]
OrderName = Literal["newest", "due"]


@router.post(
    "", status_code=201, response_model=CaseOut, responses=refusals(400, 403, 404, 413, 422)
)
async def open_case(
    context: InContext, actor: Holder, order: OpenCase, key: IdempotencyKey = None
) -> Response:
    """Open a case.

    The case is accepted and dispatched to a unit at once if category and territory are sure and no
    exclusion may apply; otherwise a clerk handles it by `clerk_by`. `because` has the reasons.
    Details that the citizen cannot give are named in `owed`; the case is opened anyway.
    """
    number = await context.numbers.take()
    case = await context.database.run(
        open_case_, context.desk, actor, order, number=number, key=key
    )
    return answer(case, 201, {"Location": f"/v1/cases/{case.number}"})


async def _wanted(
    state: Annotated[list[StateName] | None, Query(description="Any of these.")] = None,
    unit: Annotated[str | None, Query(max_length=64, pattern=_CODE)] = None,
    category: Annotated[
        str | None, Query(max_length=16, pattern=_CODE, description="A code of either level.")
    ] = None,
    place: Annotated[
        str | None, Query(max_length=64, pattern=_CODE, description="A street or a district.")
    ] = None,
    since: Annotated[Day | None, Query(description="Opened on this day or later.")] = None,
    until: Annotated[Day | None, Query(description="Opened on this day or before.")] = None,
    overdue: Annotated[Switch, Query(description="Should have been done, and was not.")] = False,  # noqa: FBT002
    flag: Annotated[list[FlagName] | None, Query(description="All of these.")] = None,
    number: Annotated[
        str | None, Query(pattern=r"^[0-9-]{1,24}$", description="Its beginning.")
    ] = None,
    q: Annotated[
        str | None,
        Query(max_length=100, description="Words: a number, a place, a matter, a unit."),
    ] = None,
    cursor: Annotated[str | None, Query(max_length=200, description="`next` of a page.")] = None,
) -> QueueFilter:
    return QueueFilter(
        states=frozenset(CaseState(name) for name in state or ()),
        unit=unit,
        category=category,
        place=place,
        number=number,
        words=str(clean(q)) if q else None,
        since=since,
        until=until,
        overdue=overdue,
        flags=frozenset(Flag(name) for name in flag or ()),
        after=cursor,
    )


@router.get("", response_model=CasePage, responses=refusals(403, 422))
async def list_cases(
    context: InContext,
    actor: Speaker,
    wanted: Annotated[QueueFilter, Depends(_wanted)],
    order: OrderName = "newest",
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Response:
    """List cases: a citizen's own, newest first; a unit's, or all for the hotline, filtered.

    A unit's cases are those that it leads, helps in or assesses; `unit` filters by the leading
    unit. With `order=due` only open cases are listed, the soonest due first. A citizen's words are
    encrypted: `q` searches numbers, places, categories and units.
    """
    page = await context.database.read(
        reading.list_cases, context.desk, actor, wanted=wanted, order=Order(order), limit=limit
    )
    return answer(page)


@router.get("/{number}", response_model=CaseOut, responses=refusals(403, 404, 422))
async def read_case(context: InContext, actor: Speaker, number: str) -> Response:
    """Read a case. Another citizen's case is answered like a missing one.

    Staff read name and phone if they are allowed, and the audit log records it; no other answer has
    them.
    """
    if actor.acts_as is Role.CITIZEN:
        case = await context.database.read(reading.read_case, context.desk, actor, number)
    else:
        case = await context.database.run(showing.show_case, context.desk, actor, number)
    return moved(case)


@router.get("/{number}/history", response_model=History, responses=refusals(403, 404, 422))
async def read_history(context: InContext, actor: Speaker, number: str) -> Response:
    """Read all moves of a case, oldest first."""
    return answer(await context.database.read(reading.read_history, context.desk, actor, number))


@router.get("/{number}/clocks", response_model=CaseClocks, responses=refusals(403, 404, 422))
async def read_clocks(context: InContext, actor: Speaker, number: str) -> Response:
    """Read all clocks of a case, also stopped ones: due, left, lapsed, used share."""
    return answer(await context.database.read(reading.read_clocks, context.desk, actor, number))


@router.get("/{number}/duplicates", response_model=CasePage, responses=refusals(403, 404, 422))
async def list_duplicates(context: InContext, actor: Speaker, number: str) -> Response:
    """List open cases that may be the same matter: same street and category, within weeks."""
    found = await context.database.read(parting.duplicates, context.desk, actor, number)
    return answer(found)


@router.post("/{number}/remarks", response_model=CaseOut, responses=MOVE)
async def add_remark(
    context: InContext,
    actor: Speaker,
    number: str,
    order: Remark,
    versions: IfMatch,
    key: IdempotencyKey = None,
) -> Response:
    """Add words, details or files; added details are no longer owed.

    A case that waits for details continues with any addition.
    """
    case = await context.database.run(
        moving.add_remark, context.desk, actor, number, order, key=key, versions=versions
    )
    return moved(case)


@router.get("/{number}/survey", response_model=SurveyOut, responses=refusals(403, 404, 422))
async def read_survey(context: InContext, actor: Speaker, number: str) -> Response:
    """Read the newest callback survey of a case: the next question and the answers."""
    return answer(await context.database.read(survey.read_survey, context.desk, actor, number))


@router.post("/{number}/survey", response_model=SurveyOut, responses=MOVE)
async def answer_survey(
    context: InContext, actor: Speaker, number: str, order: SurveyAnswer, key: IdempotencyKey = None
) -> Response:
    """Answer the callback survey, one question at a time or all at once.

    With the last answer the case is closed, or returns to its unit (`outcome`). An answer after the
    end of the survey is stored as a remark, and `taken` is `late`. A clerk answers for a citizen on
    the telephone, but not while the citizen can still answer a message.
    """
    return answer(
        await context.database.run(
            survey.answer_survey, context.desk, actor, number, order, key=key
        )
    )
