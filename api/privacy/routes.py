"""`/v1/citizens`: consent, a copy of everything, being forgotten.

Always of the citizen whom the service speaks for: no route takes anybody's name or number.
"""

import asyncio

from fastapi import APIRouter, Response

from api.contract import (
    AskJoinCode,
    CitizenExport,
    CitizenSummary,
    ConsentOut,
    Erase,
    Erased,
    GiveConsent,
    RedeemTicket,
    SpendTicket,
    TicketOut,
    TicketSpent,
)
from api.people.rules.codes import TicketUsed
from api.privacy import service
from api.routes.answers import answer, refusals
from api.routes.auth import Holder, Speaker
from api.routes.context import InContext

router = APIRouter(prefix="/v1/citizens", tags=["citizens"])

_BODY = refusals(400, 403, 413, 422)
_CODE = refusals(400, 403, 404, 413, 422, 429)


@router.post("/consent", response_model=ConsentOut, responses=_BODY)
async def give_consent(context: InContext, actor: Speaker, order: GiveConsent) -> Response:
    """Note that the citizen was shown a version of the notice and goes on."""
    given = await context.database.run(service.give_consent, context.desk, actor, order)
    return answer(given)


@router.get("/me", response_model=CitizenSummary, responses=refusals(403, 422))
async def read_citizen(context: InContext, actor: Speaker) -> Response:
    """Count what is kept of the citizen."""
    return answer(await context.database.read(service.summary, context.desk, actor))


@router.post("/exports", status_code=201, response_model=TicketOut, responses=_BODY)
async def ask_for_export(context: InContext, actor: Speaker, order: AskJoinCode) -> Response:
    """Give the right to one export, to be used once within ten minutes."""
    ticket = await context.database.run(
        service.issue_ticket, context.desk, actor, order.channel, order.language
    )
    return answer(ticket, 201)


@router.post("/exports/redeem", response_model=CitizenExport, responses=_CODE)
async def redeem_export(context: InContext, actor: Holder, order: RedeemTicket) -> Response:
    """Hand a ticket in for everything that is kept of its citizen; the bytes of files apart."""
    found = await context.database.run_long(
        service.redeem_ticket, context.desk, actor, order.ticket
    )
    if found is None:
        raise TicketUsed
    return answer(found)


@router.post("/exports/spend", response_model=TicketSpent, responses=_CODE)
async def spend_export(context: InContext, actor: Holder, order: SpendTicket) -> Response:
    """Use a ticket up, once the copy that it opened is complete and before it is handed out."""
    if not await context.database.run(service.spend_ticket, context.desk, actor, order):
        raise TicketUsed
    return answer(TicketSpent())


@router.post("/erase", response_model=Erased, responses=_BODY)
async def erase_citizen(context: InContext, actor: Speaker, order: Erase) -> Response:
    """Forget the citizen as far as the law lets one forget."""
    told, files = await context.database.run_long(service.erase, context.desk, actor, order)
    for file in files:  # what a crash leaves here is found by the job that looks for strays
        await asyncio.to_thread(context.files.delete, file)
    return answer(told)
