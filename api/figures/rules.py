"""Compute a city's rates, figures and circulars (通报) from counts and records, without I/O.

Counts are of cases opened in a period. The formulas of the rates are the city's `rates`. A circular
shows cases to all units as good or poor examples. Each case has its reasons, which come only from
records.
"""

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import MINYEAR, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from api.catalogue.rules.calendar import midnight
from api.catalogue.rules.city import CircularRule
from api.catalogue.rules.rates import Fact, Formula, Rate, RateName
from api.domain.cases.routing import CodedReason
from api.errors import Invalid

MOST_DAYS = 366
"""Most days of a period."""


_GOOD = frozenset({"satisfied", "very_satisfied"})


_BAD = frozenset({"dissatisfied", "very_dissatisfied"})


class PeriodInvalid(Invalid):
    """The period ends before it begins, or is longer than `most_days`."""

    code = "period_invalid"


class Grouping(StrEnum):
    """Grouping of figures."""

    UNIT = "unit"
    CATEGORY = "category"
    FIRST_LEVEL = "first_level"
    DISTRICT = "district"
    STREET = "street"
    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of some cases.

    Attributes:
        cases: number of cases.
        values: number of cases by value of each fact.
        answered: number of answered cases.
        handled_minutes: total working time to the answers.
        fastest_handled, fastest_elapsed: fewest working minutes, and minutes, to an answer.
    """

    cases: int = 0
    values: Mapping[tuple[Fact, str], int] = field(default_factory=dict)
    answered: int = 0
    handled_minutes: int = 0
    fastest_handled: int | None = None
    fastest_elapsed: int | None = None

    def __add__(self, other: "Tally") -> "Tally":
        """Add the counts of different cases."""
        keys = self.values.keys() | other.values.keys()
        return Tally(
            cases=self.cases + other.cases,
            values={key: self.values.get(key, 0) + other.values.get(key, 0) for key in keys},
            answered=self.answered + other.answered,
            handled_minutes=self.handled_minutes + other.handled_minutes,
            fastest_handled=_least(self.fastest_handled, other.fastest_handled),
            fastest_elapsed=_least(self.fastest_elapsed, other.fastest_elapsed),
        )


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of some cases.

    Attributes:
        cases: number of opened cases.
        rates: each with numerator and denominator.
        answered: number of cases with a known handling time.
        average_days: working days from opening to answer.
        fastest_days, fastest_minutes: the fastest case, in working days and in minutes of real
            time: an urgent case that is solved at night takes no working time.
        cases_before: number of cases in the same period a year earlier.
        change: relative change: -0.1011 means 10.11 % less; None when there were none.
    """

    cases: int
    rates: Mapping[RateName, Rate]
    answered: int
    average_days: Decimal | None
    fastest_days: Decimal | None
    fastest_minutes: int | None
    cases_before: int
    change: Decimal | None


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `since` to `until`, both included, in Asia/Shanghai."""

    since: date
    until: date

    def checked(self) -> "Period":
        """Check the period and return it.

        Raises:
            PeriodInvalid: it ends before it begins, is too long, or has no year before it.
        """
        if not 0 <= (self.until - self.since).days < MOST_DAYS or self.since.year <= MINYEAR:
            raise PeriodInvalid(most_days=MOST_DAYS)
        return self

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """Return its start, and the start of the first day after it."""
        return midnight(self.since), midnight(self.until + timedelta(days=1))

    @property
    def year_before(self) -> "Period":
        """Return the same days a year earlier; a whole month stays whole, also in leap years."""
        return Period(_year_before(self.since), _year_before(self.until, last=True))


def figures(
    tally: Tally, before: Tally, formulas: Mapping[RateName, Formula], day: timedelta
) -> Figures:
    """Compute figures from counts; `day` is the length of a working day."""
    in_days = Decimal(int(day.total_seconds() // 60))
    average = None
    if tally.answered:
        average = _hundredths(Decimal(tally.handled_minutes) / tally.answered / in_days)
    fastest = tally.fastest_handled
    return Figures(
        cases=tally.cases,
        rates={name: formula.rate(tally.values) for name, formula in formulas.items()},
        answered=tally.answered,
        average_days=average,
        fastest_days=None if fastest is None else _hundredths(fastest / in_days),
        fastest_minutes=tally.fastest_elapsed,
        cases_before=before.cases,
        change=change(tally.cases, before.cases),
    )


def change(now: int, before: int) -> Decimal | None:
    """Return the relative change of two counts, to a hundredth of a percent."""
    if not before:
        return None
    return (Decimal(now - before) / before).quantize(Decimal("0.0001"))


def together(tallies: Iterable[Tally]) -> Tally:
    """Add the tallies of different cases."""
    return sum(tallies, Tally())


def _least(this: int | None, other: int | None) -> int | None:
    known = [value for value in (this, other) if value is not None]
    return min(known) if known else None


def _hundredths(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"))


def _year_before(day: date, *, last: bool = False) -> date:
    """Return the day a year earlier; with `last` the end of a month maps to its end."""
    days_before = monthrange(day.year - 1, day.month)[1]
    ends = last and day.day == monthrange(day.year, day.month)[1]
    return day.replace(year=day.year - 1, day=days_before if ends else min(day.day, days_before))


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """A unit's handling of one case.

    Attributes:
        used: the used share of its time so far; None without a time limit.
        late_days: working days after the deadline; 0 if in time.
        urges: number of urges by citizens and the hotline.
        solved, satisfaction: the citizen's last answer; None when nobody was reached.
        hard: it was a hard case (疑难), or an assessment set the unit.
        followed: number of cases that were merged into it.
    """

    number: str
    unit: str
    category: str
    used: float | None
    late_days: float
    urges: int
    supervised: bool
    reported: bool
    rehandled: int
    hard: bool
    followed: int
    solved: str | None
    satisfaction: str | None


@dataclass(frozen=True, slots=True)
class CircularEntry:
    """A case in a circular: the weight of its reasons, and the reasons."""

    conduct: Conduct
    weight: int
    reasons: tuple[CodedReason, ...]


def exemplary(conduct: Conduct, rule: CircularRule) -> CircularEntry | None:
    """Return an exemplary case with its reasons (solved, in time, satisfied), else None."""
    if (
        conduct.solved != "yes"
        or conduct.satisfaction not in _GOOD
        or conduct.late_days
        or conduct.rehandled
    ):
        return None
    if conduct.supervised or conduct.reported:
        return None
    reasons = []
    if conduct.used is not None and 100 * conduct.used <= rule.quick_percent:
        reasons.append(CodedReason("quick", {"percent": f"{conduct.used:.0%}"}))
    if conduct.satisfaction == "very_satisfied":
        reasons.append(CodedReason("very_satisfied", {}))
    if conduct.hard:
        reasons.append(CodedReason("hard_one_solved", {}))
    if conduct.followed:
        reasons.append(CodedReason("many_helped_at_once", {"count": str(conduct.followed + 1)}))
    return _listed(conduct, reasons, rule)


def poor(conduct: Conduct, rule: CircularRule) -> CircularEntry | None:
    """Return a poor case with its reasons, else None."""
    reasons = []
    if conduct.reported:
        reasons.append(CodedReason("reported_up", {}))
    if conduct.supervised:
        reasons.append(CodedReason("supervised", {}))
    if conduct.late_days:
        reasons.append(CodedReason("late", {"days": f"{conduct.late_days:.1f}"}))
    if conduct.urges >= rule.urges:
        reasons.append(CodedReason("urged_often", {"count": str(conduct.urges)}))
    if conduct.rehandled:
        reasons.append(CodedReason("went_back", {"count": str(conduct.rehandled)}))
    if conduct.solved == "no":
        reasons.append(CodedReason("not_solved", {}))
    if conduct.satisfaction in _BAD:
        reasons.append(CodedReason("dissatisfied", {}))
    return _listed(conduct, reasons, rule)


def _listed(
    conduct: Conduct, reasons: list[CodedReason], rule: CircularRule
) -> CircularEntry | None:
    weight = sum(rule.weights.get(reason.code, 0) for reason in reasons)
    return CircularEntry(conduct, weight, tuple(reasons)) if weight >= rule.enough else None
