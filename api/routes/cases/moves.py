"""Serve `/v1/cases/{number}/…`: one route per move, from the life cycle's table and `ACTS`."""

from typing import Annotated

from fastapi import APIRouter, Body, Response

from api.contract import CaseOut
from api.domain.lifecycle import TABLE, Move
from api.routes.answers import answer, refusals
from api.routes.auth import IdempotencyKey, Speaker
from api.routes.context import InContext
from api.routes.preconditions import IfMatch
from api.services.moves.moving import ACTS, move
from api.services.scene import MoveHandler

router = APIRouter(prefix="/v1/cases", tags=["moves"])

MOVE = refusals(400, 403, 404, 409, 412, 413, 422)

_REMARKS = frozenset({Move.REMARK, Move.ADD_DETAILS})
"""Two moves with one request model: `POST …/remarks`."""

_NAMES = {Move.RETURN: "return_case"}
"""Operation names that differ from the move, because that is a Python keyword."""


def moved(case: CaseOut) -> Response:
    """Answer with the case; its version is the entity tag for `If-Match`."""
    return answer(case, headers={"ETag": f'"{case.version}"'})


def _add(what: Move, act: MoveHandler) -> None:
    async def with_order(
        context: InContext,
        actor: Speaker,
        number: str,
        order: Annotated[act.order, Body()],  # type: ignore[name-defined] # known when it is made
        versions: IfMatch,
        key: IdempotencyKey = None,
    ) -> Response:
        fresh = await context.numbers.take() if act.fresh else None
        return moved(
            await context.database.run(
                move,
                context.desk,
                actor,
                number,
                what,
                order,
                key=key,
                versions=versions,
                fresh=fresh,
            )
        )

    async def without_order(
        context: InContext,
        actor: Speaker,
        number: str,
        versions: IfMatch,
        key: IdempotencyKey = None,
    ) -> Response:
        return moved(
            await context.database.run(
                move, context.desk, actor, number, what, key=key, versions=versions
            )
        )

    limited = refusals(429) if what is Move.URGE else {}
    router.add_api_route(
        f"/{{number}}/{what.replace('_', '-')}",
        without_order if act.order is None else with_order,
        methods=["POST"],
        name=_NAMES.get(what, what.value),
        description=_described(what, act),
        response_model=CaseOut,
        responses={**MOVE, **limited},
    )


def _described(what: Move, act: MoveHandler) -> str:
    row = TABLE[what]
    words = [act.words, f"By: {', '.join(sorted(row.roles))}."]
    words.append(f"From: {', '.join(sorted(row.sources))}.")
    if row.target is not None or row.back:
        words.append(f"To: {row.target or 'where it was before'}.")
    return " ".join(words)


for _what, _act in ACTS.items():
    if _what not in _REMARKS:
        _add(_what, _act)
