"""Take the due escalation steps of clocks: warn, urge, supervise, report, each once."""

from api.domain.cases.clock import SlaClock
from api.domain.cases.events import NewEvent
from api.domain.cases.standing import Entry
from api.domain.clocks.escalating import escalate, notified_step
from api.people.rules.actor import Role
from api.services.desk import ServiceDesk
from api.services.events import news_of
from api.statements import DueMark
from api.store.clocks.clocks import Escalated
from kernel.database.transaction import Transaction


def due_clocks(
    tx: Transaction, desk: ServiceDesk, after: DueMark | None, limit: int
) -> list[DueMark]:
    """List clocks with a due step, a page at a time."""
    return desk.work(tx).clocks.due(desk.clock.now(), after, limit)


def sweep(tx: Transaction, desk: ServiceDesk, ids: list[str]) -> int:
    """Take the due steps of these clocks in one transaction; return their number.

    Each step is taken once, also with parallel or late sweeps, because due steps are read again
    under the locks of cases and clocks. Clocks of a case with a move in progress are left for
    later.
    """
    work, now, rules = desk.work(tx), desk.clock.now(), desk.clock_rules
    swept = work.clocks.take_up(ids, now)
    steps: list[Escalated] = []
    news: list[NewEvent] = []
    for case, clocks in swept:
        made: list[tuple[SlaClock, Entry]] = []
        for clock in clocks:
            for taken in clock.take(now, rules):
                if not escalate(case, clock, taken, now):
                    continue
                made.append((clock, case.entries[-1]))
                id_ = desk.ids.new("esc")
                steps.append(
                    Escalated(
                        id_,
                        case.number,
                        clock.unit,
                        taken.step,
                        Role.SYSTEM,
                        now,
                        clock=clock.id,
                        kind=clock.kind,
                        due_at=taken.due_at,
                    )
                )
        heard = notified_step(made)
        unheard = {entry.seq for _, entry in made} - {heard}
        news += news_of(desk, work, case, case.entries, unheard=unheard)
    work.cases.note_all([case for case, _ in swept if case.entries])
    work.clocks.save(clock for _, clocks in swept for clock in clocks)
    work.clocks.note(steps)
    work.events.emit(*news)
    return len(steps)
