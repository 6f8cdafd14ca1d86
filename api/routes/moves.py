"""`/v1/cases/{number}/…`: one address a move, all of one shape, made from the table of moves."""

from typing import Annotated

from fastapi import APIRouter, Body, Response

from api.contract import CaseOut
from api.domain.lifecycle import TABLE, Move
from api.routes.answers import answer, refusals
from api.routes.auth import IdempotencyKey, Speaker
from api.routes.context import InContext
from api.routes.preconditions import IfMatch
from api.services.moving import ACTS, move
from api.services.scene import Act

router = APIRouter(prefix="/v1/cases", tags=["moves"])

MOVE = refusals(400, 403, 404, 409, 412, 413, 422)

_REMARKS = frozenset({Move.REMARK, Move.ADD_DETAILS})
"""One order that is either of two moves: `POST …/remarks`."""

_NAMES = {Move.RETURN: "return_case"}
"""Operations whose name another word would be better for than the move's own."""


def moved(case: CaseOut) -> Response:
    """Answer with the case; its version is the entity tag that `If-Match` takes."""
    return answer(case, headers={"ETag": f'"{case.version}"'})


def _add(what: Move, act: Act) -> None:
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
        description=_described(what),
        response_model=CaseOut,
        responses={**MOVE, **limited},
    )


def _described(what: Move) -> str:
    row = TABLE[what]
    words = [WORDS[what], f"By: {', '.join(sorted(row.roles))}."]
    words.append(f"From: {', '.join(sorted(row.sources))}.")
    if row.target is not None or row.back:
        words.append(f"To: {row.target or 'where it was before'}.")
    return " ".join(words)


WORDS = {
    Move.ACCEPT: "Take a matter on.",
    Move.DISPATCH: "Send an accepted case to a unit.",
    Move.REJECT: "Not accept a matter; the exclusion names the right door.",
    Move.WITHDRAW: "Take the matter back, as its citizen.",
    Move.URGE: "Ask that it go faster: a citizen once a day and three times in all.",
    Move.SIGN_IN: "Take a case in hand, as its unit.",
    Move.PROGRESS: "Tell the citizen what was done so far.",
    Move.REPLY: "Answer a case; the citizen is asked about it on the next working day.",
    Move.ASK_SUPPLEMENT: "Ask the citizen for what is missing; the clock stands still.",
    Move.RESUME: "Go on without waiting for the citizen.",
    Move.ASK_EXTENSION: "Ask for more time, before the deadline; a clerk decides.",
    Move.GRANT_EXTENSION: "Give the time that was asked for; the citizen is told why.",
    Move.REFUSE_EXTENSION: "Hold the unit to its deadline.",
    Move.RETURN: "Return a case with reason and evidence. A second return opens an assessment.",
    Move.ACCEPT_RETURN: "Let a unit off; the case waits for another one.",
    Move.REFUSE_RETURN: "Hold a unit to a case; it signs in anew.",
    Move.OPEN_ASSESSMENT: "Bring the units together that may have to solve it.",
    Move.GIVE_VIEW: "Say, as a member of the assessment, whose it is.",
    Move.RULE: "Name lead and helpers, by one of three principles. It binds.",
    Move.ADD_HELPER: "Give a unit a task beside the lead.",
    Move.REMOVE_HELPER: "Take a helper's task away.",
    Move.FINISH_TASK: "Report one's task as done, as a helper.",
    Move.MEET: "Put a coordination meeting on record.",
    Move.FINISH_MEETING: "Report as done what a meeting decided.",
    Move.TIER_UP: "Hand the case to the tier above; what was promised holds.",
    Move.TIER_DOWN: "Hand the case to the tier below; what was promised holds.",
    Move.SUPERVISE: "Put the case under supervision.",
    Move.REPORT_UP: "Report the case to the city's office.",
    Move.INSTRUCT: "Write down a leader's instruction.",
    Move.MARK_HARD: "Mark the case as a hard one, for the month's list.",
    Move.SHELVE: "End it as one that cannot be solved now; the citizen is told what that means.",
    Move.RECATEGORISE: "File it under another category.",
    Move.MERGE: "End it: its citizen follows the case that it goes into.",
    Move.SPLIT: "Make a case of its own of a part of the matter.",
    Move.REHANDLE: "Send an answered case back to its unit.",
}
"""What the documentation says of each."""

for _what, _act in ACTS.items():
    if _what not in _REMARKS:
        _add(_what, _act)
