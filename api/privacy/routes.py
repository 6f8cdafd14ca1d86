"""Serve `/v1/citizens`: consent, export, erasure.

They always concern the citizen for whom the service acts: no route takes a name or number.
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
    """Record that the citizen was shown a version of the notice and continued."""
    given = await context.database.run(service.give_consent, context.desk, actor, order)
    return answer(given)


@router.get("/me", response_model=CitizenSummary, responses=refusals(403, 422))
async def read_citizen(context: InContext, actor: Speaker) -> Response:
    """Count the stored data of the citizen."""
    return answer(await context.database.read(service.summary, context.desk, actor))


@router.post("/exports", status_code=201, response_model=TicketOut, responses=_BODY)
async def ask_for_export(context: InContext, actor: Speaker, order: AskJoinCode) -> Response:
    """Make a ticket for one export, valid once within ten minutes."""
    ticket = await context.database.run(
        service.issue_ticket, context.desk, actor, order.channel, order.language
    )
    return answer(ticket, 201)


@router.post("/exports/redeem", response_model=CitizenExport, responses=_CODE)
async def redeem_export(context: InContext, actor: Holder, order: RedeemTicket) -> Response:
    """Read all data of a ticket's citizen, without the bytes of files."""
    found = await context.database.run_long(
        service.redeem_ticket, context.desk, actor, order.ticket
    )
    if found is None:
        raise TicketUsed
    return answer(found)


@router.post("/exports/spend", response_model=TicketSpent, responses=_CODE)
async def spend_export(context: InContext, actor: Holder, order: SpendTicket) -> Response:
    """Use up a ticket when the export is complete and before it is sent."""
    if not await context.database.run(service.spend_ticket, context.desk, actor, order):
        raise TicketUsed
    return answer(TicketSpent())


@router.post("/erase", response_model=Erased, responses=_BODY)
async def erase_citizen(context: InContext, actor: Speaker, order: Erase) -> Response:
    """Erase the citizen's data as far as the law allows."""
    erased, files = await context.database.run_long(service.erase, context.desk, actor, order)
    for file in files:  # after a crash the job for stray files deletes them
        await asyncio.to_thread(context.files.delete, file)
    return answer(erased)
