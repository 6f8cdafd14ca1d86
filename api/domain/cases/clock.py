"""SLA clocks of a case (时限): the time limit of each step, and its escalation.

A clock runs in real time or in working time. It can be paused and extended, and it ends met or
dropped. Its escalation steps are: a warning when most of the time is used, urging (催办) at the
deadline, supervision (督办) and a report some working days later. Each step is taken once per
deadline and in order, also when the sweep runs late.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from api.catalogue.rules.calendar import WorkingCalendar, due
from api.catalogue.rules.clocks import ClockKind, Escalation, EscalationStep
from api.catalogue.rules.limits import TimeLimit


class ClockEnd(StrEnum):
    """How a clock stopped: its step was done, or is no longer needed."""

    MET = "met"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Rules:
    """Shared rules of a city's clocks."""

    calendar: WorkingCalendar
    escalation: Escalation


@dataclass(frozen=True, slots=True)
class TakenStep:
    """One escalation step of a clock, with its deadline."""

    step: EscalationStep
    due_at: datetime


@dataclass(frozen=True, slots=True)
class ClockReading:
    """A clock's values at one time.

    `left` is in the clock's own time (working or real), and negative once it has `lapsed`. `used`
    is the elapsed share of the time: 0 at the start, 1 at the deadline, more when late.
    """

    left: timedelta
    used: float
    lapsed: bool


@dataclass(slots=True, kw_only=True)
class SlaClock:
    """One clock of one case.

    Attributes:
        subject: distinguishes clocks of one kind: the unit of a task, the entry of a meeting.
        unit: its owner; None means the hotline.
        limit: its time limit; None when a date was set.
        working: whether it pauses at nights, weekends and holidays.
        span: the total time, including extensions.
        due_at: the deadline; None while it is paused.
        left: the remaining time at the pause; None while it runs.
        step, next_at: the next escalation step, and its time.
    """

    id: str
    number: str
    kind: ClockKind
    subject: str = ""
    unit: str | None
    started_at: datetime
    limit: TimeLimit | None
    working: bool
    span: timedelta
    due_at: datetime | None
    left: timedelta | None = None
    step: EscalationStep | None = None
    next_at: datetime | None = None
    stopped_at: datetime | None = None
    end: ClockEnd | None = None

    @classmethod
    def start(
        cls,
        id_: str,
        number: str,
        kind: ClockKind,
        at: datetime,
        due_at: datetime,
        rules: Rules,
        *,
        limit: TimeLimit | None = None,
        working: bool = True,
        unit: str | None = None,
        subject: str = "",
    ) -> "SlaClock":
        """Start a clock until `due_at`; a `limit` itself defines whether it is working time."""
        working = limit.working_time if limit is not None else working
        clock = cls(
            id=id_,
            number=number,
            kind=kind,
            subject=subject,
            unit=unit,
            started_at=at,
            limit=limit,
            working=working,
            span=timedelta(),
            due_at=due_at,
        )
        clock.span = clock._between(at, due_at, rules)
        clock._begin_steps(at, rules)
        return clock

    @property
    def stands_still(self) -> bool:
        """Whether it is paused."""
        return self.left is not None

    def pause(self, at: datetime, rules: Rules) -> None:
        """Pause the clock. A lapsed clock stays lapsed: it gets no time back."""
        if self.due_at is None or self.due_at <= at:
            return
        self.left, self.due_at = self._between(at, self.due_at, rules), None
        self.next_at = None

    def resume(self, at: datetime, rules: Rules) -> None:
        """Resume with the remaining time."""
        if self.left is None:
            return
        self.due_at, self.left = self._after(at, self.left, rules), None
        self._plan(at, rules)

    def extend(self, until: datetime, at: datetime, rules: Rules) -> None:
        """Extend the deadline; the escalation starts again."""
        if self.due_at is None or until <= self.due_at:
            return
        self.span += self._between(self.due_at, until, rules)
        self.due_at = until
        self._begin_steps(at, rules)

    def hasten(self, limit: TimeLimit, at: datetime, rules: Rules) -> bool:
        """Apply another limit from the same start; return whether the deadline is sooner.

        A later deadline changes nothing, because the earlier one was promised. If the new limit is
        already over, it starts now, because nobody knew of it before.
        """
        if self.due_at is None:
            return False
        by = due(self.started_at, limit, rules.calendar)
        if by <= at:
            by = due(at, limit, rules.calendar)
        if by >= self.due_at:
            return False
        self.limit, self.working, self.due_at = limit, limit.working_time, by
        self.span = self._between(self.started_at, by, rules)
        self._begin_steps(at, rules)
        return True

    def stop(self, at: datetime, end: ClockEnd) -> None:
        """Stop the clock permanently."""
        self.stopped_at, self.end = at, end
        self.step = self.next_at = None

    def take(self, now: datetime, rules: Rules) -> tuple[TakenStep, ...]:
        """Take every due step in order, and plan the next one.

        A clock of a version without escalation is planned first.
        """
        if self.step is None and self.next_at is not None and self.due_at is not None:
            self.span = self._between(self.started_at, self.due_at, rules)
            self._begin_steps(now, rules)
        taken = []
        while (
            self.step is not None
            and self.due_at is not None
            and self.next_at is not None
            and self.next_at <= now
        ):
            taken.append(TakenStep(self.step, self.due_at))
            steps = rules.escalation.steps[self.kind]
            behind = steps[steps.index(self.step) + 1 :] if self.step in steps else ()
            self.step = behind[0] if behind else None
            self._plan(now, rules)
        return tuple(taken)

    def read(self, now: datetime, rules: Rules) -> ClockReading:
        """Read the clock at one time; a stopped clock shows its values at the stop."""
        if self.left is not None:
            left = self.left
        elif self.due_at is not None:
            left = self._between(self.stopped_at or now, self.due_at, rules)
        else:
            left = timedelta()
        moment = self.stopped_at or now
        lapsed = self.due_at is not None and self.due_at < moment
        if self.span <= timedelta():
            used = 1.0 if lapsed else 0.0
        else:
            used = max(0.0, 1 - left / self.span)
        return ClockReading(left, used, lapsed)

    def _begin_steps(self, at: datetime, rules: Rules) -> None:
        steps = rules.escalation.steps[self.kind]
        self.step = steps[0] if steps else None
        self._plan(at, rules)

    def _plan(self, at: datetime, rules: Rules) -> None:
        rule, calendar = rules.escalation, rules.calendar
        if self.step is None or self.due_at is None:
            self.next_at = None
            return
        match self.step:
            case EscalationStep.WARN:
                spare = self.span * (1 - rule.warn_at)
                early = self._between(at, self.due_at, rules) - spare
                # Never after the deadline, at which the next step is due.
                self.next_at = min(self._after(at, early, rules), self.due_at)
            case EscalationStep.URGE:
                self.next_at = self.due_at
            case EscalationStep.SUPERVISE:
                self.next_at = due(self.due_at, rule.supervise_after, calendar)
            case EscalationStep.REPORT:
                self.next_at = due(self.due_at, rule.report_after, calendar)

    def _between(self, start: datetime, end: datetime, rules: Rules) -> timedelta:
        return rules.calendar.between(start, end) if self.working else end - start

    def _after(self, start: datetime, span: timedelta, rules: Rules) -> datetime:
        if span <= timedelta():
            return start
        return rules.calendar.add(start, span) if self.working else start + span
