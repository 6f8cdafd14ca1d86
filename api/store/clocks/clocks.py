"""Repository of clocks and their escalation steps."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, bindparam, select

from api.catalogue.rules.clocks import ClockKind, EscalationStep
from api.catalogue.rules.limits import LimitUnit, TimeLimit
from api.domain.cases.clock import ClockEnd, SlaClock
from api.domain.cases.standing import Standing
from api.domain.clocks.ticking import RunningClocks
from api.statements import DueMark, page_of_due
from api.store.cases.rows import STANDING, standing_of
from api.store.cases.tables import cases
from api.store.clocks.tables import case_clock, escalation
from kernel.database.columns import UtcDateTime
from kernel.database.transaction import Transaction
from kernel.privacy.crypto import Keyring

_ADD = case_clock.insert()
_OF_CASE = select(case_clock).where(case_clock.c.number == bindparam("of_number"))
_RUNNING = _OF_CASE.where(case_clock.c.stopped_at.is_(None)).order_by(case_clock.c.id)
_ALL = _OF_CASE.order_by(case_clock.c.started_at, case_clock.c.id)
_CHANGING = (
    "unit",
    "allowed",
    "working",
    "span",
    "due_at",
    "remaining",
    "step",
    "next_at",
    "stopped_at",
    "ended",
)
_SAVE = (
    case_clock.update()
    .where(case_clock.c.id == bindparam("of_id"))
    .values({name: bindparam(f"new_{name}") for name in _CHANGING})
)
_ADD_ESCALATION = escalation.insert()
_TAKE_UP = (
    select(*STANDING, *case_clock.c)
    .join(cases, cases.c.number == case_clock.c.number)
    .where(
        case_clock.c.id.in_(bindparam("of_ids", expanding=True)),
        case_clock.c.next_at <= bindparam("now", type_=UtcDateTime()),
    )
    .order_by(case_clock.c.next_at, case_clock.c.id)
    .with_for_update(of=(cases, case_clock), skip_locked=True)
)


@dataclass(frozen=True, slots=True)
class Escalated:
    """One escalation step of a case: by a clock, or by a person (`by`)."""

    id: str
    number: str
    unit: str | None
    step: EscalationStep
    by: str
    at: datetime
    clock: str | None = None
    kind: ClockKind | None = None
    due_at: datetime | None = None


class Clocks:
    """The clocks of one transaction. The caller must lock the case of a changed clock."""

    def __init__(self, tx: Transaction, keyring: Keyring) -> None:
        self._tx = tx
        self._keyring = keyring

    def running(self, number: str) -> list[SlaClock]:
        """Read the clocks of a case that have not stopped."""
        rows = self._tx.execute(_RUNNING, {"of_number": number}).mappings()
        return [clock_of(row) for row in rows]

    def of_case(self, number: str) -> list[SlaClock]:
        """Read all clocks of a case, in the order in which they started."""
        rows = self._tx.execute(_ALL, {"of_number": number}).mappings()
        return [clock_of(row) for row in rows]

    def due(self, now: datetime, after: DueMark | None, limit: int) -> list[DueMark]:
        """List up to `limit` clocks with a due step, oldest first."""
        clock = case_clock.c
        return page_of_due(self._tx, clock.next_at, clock.id, now=now, after=after, limit=limit)

    def take_up(self, ids: Sequence[str], now: datetime) -> list[tuple[Standing, list[SlaClock]]]:
        """Lock and read the clocks that are still due, with their cases.

        A case that another transaction has locked is left out, with its clocks.
        """
        rows = self._tx.execute(_TAKE_UP, {"of_ids": list(ids), "now": now}).mappings()
        found: dict[str, tuple[Standing, list[SlaClock]]] = {}
        for row in rows:
            number = row[cases.c.number]
            if number not in found:
                found[number] = (Standing(**standing_of(row, self._keyring)), [])
            found[number][1].append(clock_of(row))
        return list(found.values())

    def write(self, ticking: RunningClocks) -> None:
        """Write the clocks that a move has started or changed."""
        if ticking.started:
            self._tx.execute(_ADD, [_row(clock) for clock in ticking.started])
        self.save(ticking.changed)

    def save(self, changed: Iterable[SlaClock]) -> None:
        """Write the changes of clocks."""
        rows = [
            {"of_id": clock.id, **{f"new_{name}": row[name] for name in _CHANGING}}
            for clock in changed
            for row in (_row(clock),)
        ]
        if rows:
            self._tx.execute(_SAVE, rows)

    def note(self, steps: Sequence[Escalated]) -> None:
        """Record steps. A second row of a clock's step for one deadline fails the transaction."""
        if steps:
            self._tx.execute(
                _ADD_ESCALATION,
                [
                    {
                        "id": step.id,
                        "number": step.number,
                        "unit": step.unit,
                        "step": step.step,
                        "made_by": step.by,
                        "clock": step.clock,
                        "kind": step.kind,
                        "due_at": step.due_at,
                        "at": step.at,
                    }
                    for step in steps
                ],
            )


def clock_of(found: RowMapping) -> SlaClock:
    """Convert a row with all columns of the table `case_clock`."""
    row = {column.name: found[column] for column in case_clock.c}
    left, allowed, step, end = row["remaining"], row["allowed"], row["step"], row["ended"]
    return SlaClock(
        id=row["id"],
        number=row["number"],
        kind=ClockKind(row["kind"]),
        subject=row["subject"],
        unit=row["unit"],
        started_at=row["started_at"],
        limit=_limit(allowed) if allowed else None,
        working=row["working"],
        span=timedelta(seconds=row["span"]),
        due_at=row["due_at"],
        left=timedelta(seconds=left) if left is not None else None,
        step=EscalationStep(step) if step else None,
        next_at=row["next_at"],
        stopped_at=row["stopped_at"],
        end=ClockEnd(end) if end else None,
    )


def _row(clock: SlaClock) -> dict[str, object]:
    limit, left = clock.limit, clock.left
    return {
        "id": clock.id,
        "number": clock.number,
        "kind": clock.kind,
        "subject": clock.subject,
        "unit": clock.unit,
        "started_at": clock.started_at,
        "allowed": f"{limit.amount} {limit.unit}" if limit is not None else None,
        "working": clock.working,
        "span": clock.span.total_seconds(),
        "due_at": clock.due_at,
        "remaining": left.total_seconds() if left is not None else None,
        "step": clock.step,
        "next_at": clock.next_at,
        "stopped_at": clock.stopped_at,
        "ended": clock.end,
    }


def _limit(written: str) -> TimeLimit:
    amount, unit = written.split(" ", 1)
    return TimeLimit(int(amount), LimitUnit(unit))
