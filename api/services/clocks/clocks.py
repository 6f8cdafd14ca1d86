"""Update the clocks of a case after its moves, and show them.

Nobody starts or stops a clock by hand: `wind` is called wherever a case is saved, and finds the
effect of its new moves in the table of `api.domain.clocks.ticking`.
"""

from collections.abc import Iterable
from datetime import datetime

from api.catalogue.rules.clocks import PROMISED, ClockKind
from api.catalogue.service import unit_out
from api.contract import ClockOut, Limit
from api.domain.cases.case import Case
from api.domain.cases.clock import SlaClock
from api.domain.cases.standing import Entry
from api.domain.clocks.escalating import BY_HAND
from api.domain.clocks.ticking import EFFECTS, ClockLimits, RunningClocks, follow
from api.domain.lifecycle import ENDS
from api.people.rules.actor import Actor, Role
from api.services.desk import ServiceDesk
from api.store.clocks.clocks import Escalated
from api.store.work import UnitOfWork


def wind(desk: ServiceDesk, work: UnitOfWork, case: Case, *, new: bool) -> RunningClocks | None:
    """Apply the unsaved moves of a case to its clocks, and their due times to the case.

    `set_down` writes the result after the case is saved.
    """
    if not any(entry.move in EFFECTS or entry.to_state in ENDS for entry in case.entries):
        return None
    ticking = RunningClocks([] if new else work.clocks.running(case.number))
    follow(case, ticking, terms(desk, case), lambda: desk.ids.new("clk"))
    case.clocks = ticking.running
    return ticking


def set_down(
    desk: ServiceDesk,
    work: UnitOfWork,
    case: Case,
    ticking: RunningClocks | None,
    entries: list[Entry],
) -> None:
    """Write the clocks of a case, and the steps that staff took."""
    if ticking is not None:
        work.clocks.write(ticking)
    work.clocks.note(
        [
            Escalated(
                desk.ids.new("esc"),
                case.number,
                entry.unit,
                BY_HAND[entry.move],
                entry.actor_role,
                entry.at,
            )
            for entry in entries
            if entry.move in BY_HAND
        ]
    )


def terms(desk: ServiceDesk, case: Case) -> ClockLimits:
    """Return the limits of a case's clocks, by its category, kind and urgency."""
    category = desk.catalogue.categories.get(case.category)
    limits = {
        ClockKind.ACCEPT: desk.step("accept"),
        ClockKind.SIGN_IN: desk.step("sign_in", case.urgency),
        ClockKind.CONTACT: desk.step("contact_citizen", case.urgency),
        ClockKind.RETURN_DECISION: desk.step("return_decision", case.urgency),
        ClockKind.EXTENSION: desk.step("return_decision", case.urgency),
        ClockKind.ASSESSMENT: desk.step("assessment_ruling", case.urgency),
        ClockKind.REHANDLE: desk.rehandle_limit(case),
        ClockKind.CALLBACK: desk.survey.valid,
    }
    if category is not None:
        limits[ClockKind.ANSWER] = desk.catalogue.limit_of(category, case.kind, case.urgency)
    return ClockLimits(limits, desk.clock_rules)


def of_case(desk: ServiceDesk, work: UnitOfWork, actor: Actor, case: Case) -> tuple[ClockOut, ...]:
    """Show the running and paused clocks of a case."""
    clocks = case.clocks if case.clocks is not None else work.clocks.running(case.number)
    return shown(desk, actor, clocks)


def shown(desk: ServiceDesk, actor: Actor, clocks: Iterable[SlaClock]) -> tuple[ClockOut, ...]:
    """Show the present state of clocks; a citizen sees only promised ones."""
    now = desk.clock.now()
    citizen = actor.acts_as is Role.CITIZEN
    return tuple(
        _view(desk, clock, now) for clock in clocks if not citizen or clock.kind in PROMISED
    )


def _view(desk: ServiceDesk, clock: SlaClock, now: datetime) -> ClockOut:
    reading, limit = clock.read(now, desk.clock_rules), clock.limit
    return ClockOut.model_validate(
        {
            "kind": clock.kind.value,
            "unit": unit_out(desk.catalogue, clock.unit),
            "started_at": clock.started_at,
            "due_at": clock.due_at,
            "limit": Limit(amount=limit.amount, unit=limit.unit.value) if limit else None,
            "working_time": clock.working,
            "paused": clock.stands_still,
            "left": round(reading.left.total_seconds()),
            "used": round(reading.used, 4),
            "lapsed": reading.lapsed,
            "stopped_at": clock.stopped_at,
            "end": clock.end,
        }
    )
