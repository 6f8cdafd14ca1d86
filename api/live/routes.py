"""Serve `/v1/live`: announced sessions, the citizen's side, the leader's desk."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.contract import CaseOut
from api.contract.live import (
    Announced,
    AskLive,
    Confirm,
    EndTalk,
    FiguresOut,
    FileTalk,
    LeaveTalk,
    LiveDesk,
    LiveMessage,
    MessageTaken,
    OpenSession,
    Say,
    SessionOut,
    SessionPage,
    TalkOut,
    Transcript,
)
from api.contract.wire import MOST
from api.live.service import desk, sessions, talks
from api.routes.answers import answer, refusals
from api.routes.auth import Holder, IdempotencyKey, Speaker
from api.routes.context import InContext

router = APIRouter(prefix="/v1/live", tags=["leaders on duty"])

_CHANGE = refusals(400, 403, 404, 409, 413, 422)


@router.get("/session", response_model=Announced, responses=refusals(422))
async def read_announced_session(context: InContext) -> Response:
    """Read which leader is on duty now and the next one: public, without a token."""
    return answer(await context.database.read(talks.announced, context.desk))


@router.post("/talks", status_code=201, response_model=TalkOut, responses=_CHANGE)
async def ask_for_leader(context: InContext, actor: Speaker, order: AskLive) -> Response:
    """Join the queue as a citizen. A citizen with a waiting or running talk gets that one."""
    return answer(await context.database.run(talks.ask, context.desk, actor, order), 201)


@router.post("/messages", response_model=MessageTaken, responses=_CHANGE)
async def take_live_message(context: InContext, actor: Speaker, order: LiveMessage) -> Response:
    """Pass on a citizen's message; `taken` is false when the talk is over."""
    return answer(await context.database.run(talks.message, context.desk, actor, order))


@router.post("/leave", response_model=TalkOut, responses=_CHANGE)
async def leave_talk(
    context: InContext, actor: Speaker, order: LeaveTalk | None = None
) -> Response:
    """Leave the queue or the talk, as its citizen.

    With a body only that talk is left, and only with that fence: nothing happens when a leader has
    taken it since.
    """
    return answer(await context.database.run(talks.leave, context.desk, actor, order))


@router.get("/talk", response_model=TalkOut, responses=refusals(403, 404, 422))
async def read_own_talk(context: InContext, actor: Speaker) -> Response:
    """Read a citizen's latest talk: the place in the queue, or who answers."""
    return answer(await context.database.read(talks.standing, context.desk, actor))


@router.post("/talks/{talk}/confirm", response_model=TalkOut, responses=_CHANGE)
async def confirm_talk(context: InContext, actor: Speaker, talk: str, order: Confirm) -> Response:
    """Answer, as its citizen, whether it is solved; if not, it returns to the front."""
    return answer(await context.database.run(talks.confirm, context.desk, actor, talk, order))


@router.post("/sessions", status_code=201, response_model=SessionOut, responses=_CHANGE)
async def open_session(context: InContext, actor: Holder, order: OpenSession) -> Response:
    """Announce an own session, as a leader."""
    return answer(
        await context.database.run(sessions.open_session, context.desk, actor, order), 201
    )


@router.get("/sessions", response_model=SessionPage, responses=refusals(403, 422))
async def list_sessions(
    context: InContext, actor: Holder, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> Response:
    """List sessions, the latest first."""
    return answer(await context.database.read(sessions.sessions, context.desk, actor, limit=limit))


@router.post("/sessions/{session}/end", response_model=SessionOut, responses=_CHANGE)
async def end_session(context: InContext, actor: Holder, session: str) -> Response:
    """End a session early; all its talks are handed back with words."""
    return answer(
        await context.database.run_long(sessions.end_session, context.desk, actor, session)
    )


@router.get("/sessions/{session}/talks", response_model=LiveDesk, responses=refusals(403, 404, 422))
async def watch_session(context: InContext, actor: Holder, session: str) -> Response:
    """Read the desk: running talks, waiting ones (danger first), finished ones."""
    return answer(await context.database.read(sessions.watch, context.desk, actor, session))


@router.get(
    "/sessions/{session}/figures", response_model=FiguresOut, responses=refusals(403, 404, 422)
)
async def read_figures(context: InContext, actor: Holder, session: str) -> Response:
    """Count a session's questions, those solved online, and the rate, from its records."""
    return answer(await context.database.read(sessions.figures, context.desk, actor, session))


@router.get("/talks/{talk}", response_model=Transcript, responses=refusals(403, 404, 422))
async def read_talk(
    context: InContext, actor: Holder, talk: str, after: Annotated[int, Query(ge=0, le=MOST)] = 0
) -> Response:
    """Read the lines of a talk after line `after`."""
    return answer(
        await context.database.read(desk.transcript, context.desk, actor, talk, after=after)
    )


@router.post("/talks/{talk}/claim", response_model=TalkOut, responses=_CHANGE)
async def claim_talk(context: InContext, actor: Holder, talk: str) -> Response:
    """Claim a talk; the fence increases, and answers with an older one are refused."""
    return answer(await context.database.run(desk.claim, context.desk, actor, talk))


@router.post("/talks/{talk}/say", response_model=TalkOut, responses=_CHANGE)
async def say_to_citizen(
    context: InContext, actor: Holder, talk: str, order: Say, key: IdempotencyKey = None
) -> Response:
    """Answer the citizen with the fence of the claim; `seat_lost` when another has claimed it."""
    return answer(await context.database.run(desk.say, context.desk, actor, talk, order, key=key))


@router.post("/talks/{talk}/end", response_model=TalkOut, responses=_CHANGE)
async def end_talk(context: InContext, actor: Holder, talk: str, order: EndTalk) -> Response:
    """End a talk: `solved` asks the citizen to confirm, `closed` does not."""
    return answer(await context.database.run(desk.end, context.desk, actor, talk, order))


@router.post("/talks/{talk}/case", status_code=201, response_model=CaseOut, responses=_CHANGE)
async def file_talk(context: InContext, actor: Holder, talk: str, order: FileTalk) -> Response:
    """Open a case from a talk, once: for the named unit, or answered online if it was solved."""
    number = await context.numbers.take()
    case = await context.database.run(desk.file, context.desk, actor, talk, order, number=number)
    return answer(case, 201, {"Location": f"/v1/cases/{case.number}"})
