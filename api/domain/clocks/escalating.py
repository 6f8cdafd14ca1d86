"""Apply a clock's escalation step to its case, as a move of the life cycle by the system."""

from collections.abc import Iterable
from datetime import datetime

from api.catalogue.rules.clocks import PROMISED, EscalationStep
from api.domain.cases.clock import SlaClock, TakenStep
from api.domain.cases.routing import CodedReason
from api.domain.cases.standing import Entry, Standing
from api.domain.lifecycle import TABLE, CitizenNotice, Move, MoveNeed
from api.people.rules.actor import SYSTEM

MOVES = {
    EscalationStep.WARN: Move.WARN,
    EscalationStep.URGE: Move.URGE,
    EscalationStep.SUPERVISE: Move.SUPERVISE,
    EscalationStep.REPORT: Move.REPORT_UP,
}
BY_HAND = {move: step for step, move in MOVES.items() if step is not EscalationStep.WARN}
"""Steps that staff can take too."""


def escalate(case: Standing, clock: SlaClock, taken: TakenStep, at: datetime) -> bool:
    """Make the move of a step; return whether there was one.

    A case that is already supervised or reported is not supervised or reported again by its next
    clock.
    """
    step, move = taken.step, MOVES[taken.step]
    if case.state not in TABLE[move].sources:
        return False
    if (step is EscalationStep.SUPERVISE and case.supervised) or (
        step is EscalationStep.REPORT and case.reported
    ):
        return False
    because = CodedReason(
        f"clock_{clock.kind}", {"clock": clock.kind.value, "until": taken.due_at.isoformat()}
    )
    case.move(
        move, SYSTEM, at, because=(because,), given=(MoveNeed.REASON,), unit=clock.unit or case.unit
    )
    match step:
        case EscalationStep.URGE:
            case.pressed += 1
        case EscalationStep.SUPERVISE:
            case.supervised = True
        case EscalationStep.REPORT:
            case.reported = True
        case EscalationStep.WARN:
            pass
    return True


def notified_step(made: Iterable[tuple[SlaClock, Entry]]) -> int | None:
    """Return the history number of the step of which the citizen is informed, if any.

    Of several steps at once, after an outage, only the last one is told, and only of promised
    clocks.
    """
    heard = [
        entry.seq
        for clock, entry in made
        if clock.kind in PROMISED
        and entry.move is not Move.WARN
        and TABLE[entry.move].heard is not CitizenNotice.NOTHING
    ]
    return heard[-1] if heard else None
