"""The rates and figures of a city, and its circulars (通报): pure arithmetic on counts and records.

A count is of cases that came in a period. The formulas of the rates are the city's: `rates`. A
circular shows cases to all units as good or poor examples; none is on it without its reasons, and
these come from records alone.
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
from api.domain.cases.routing import Because
from api.errors import Invalid

MOST_DAYS = 366
"""Days of the longest period that is asked for at once."""


_GOOD = frozenset({"satisfied", "very_satisfied"})


_BAD = frozenset({"dissatisfied", "very_dissatisfied"})


class PeriodInvalid(Invalid):
    """The period ends before it begins, or is longer than `most_days`."""

    code = "period_invalid"


class By(StrEnum):
    """What figures are told apart by."""

    UNIT = "unit"
    CATEGORY = "category"
    FIRST_LEVEL = "first_level"
    DISTRICT = "district"
    STREET = "street"
    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted of some cases.

    Attributes:
        cases: how many there are.
        values: how often each value of each fact came up.
        answered: how many have been answered.
        handled_minutes: working time to the answer, of all of them together.
        fastest_handled, fastest_elapsed: the least working minutes, and minutes, to an answer.
    """

    cases: int = 0
    values: Mapping[tuple[Fact, str], int] = field(default_factory=dict)
    answered: int = 0
    handled_minutes: int = 0
    fastest_handled: int | None = None
    fastest_elapsed: int | None = None

    def __add__(self, other: "Tally") -> "Tally":
        """Put two together; the cases in them are different ones."""
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
        cases: how many came.
        rates: each with numerator and denominator.
        answered: of how many the handling time is known.
        average_days: of working time from coming to answer.
        fastest_days, fastest_minutes: the fastest, in working days and by the clock on the wall: an
            urgent case that is solved at night takes no working time at all.
        cases_before: how many came in the same period a year earlier.
        change: against that, as a share: -0.1011 are 10.11 % less; None when there were none.
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
        """Give it back.

        Raises:
            PeriodInvalid: it ends before it begins, is too long, or has no year before it.
        """
        if not 0 <= (self.until - self.since).days < MOST_DAYS or self.since.year <= MINYEAR:
            raise PeriodInvalid(most_days=MOST_DAYS)
        return self

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """When it begins, and when the first day behind it does."""
        return midnight(self.since), midnight(self.until + timedelta(days=1))

    @property
    def year_before(self) -> "Period":
        """The same days a year earlier; a month that is whole stays whole, leap year or not."""
        return Period(_year_before(self.since), _year_before(self.until, last=True))


def figures(
    tally: Tally, before: Tally, formulas: Mapping[RateName, Formula], day: timedelta
) -> Figures:
    """Make figures of what was counted; `day` is how long a working day is."""
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
    """Compare two counts: by what share of `before` it became more, to a hundredth of a percent."""
    if not before:
        return None
    return (Decimal(now - before) / before).quantize(Decimal("0.0001"))


def together(tallies: Iterable[Tally]) -> Tally:
    """Put tallies of different cases together."""
    return sum(tallies, Tally())


def _least(this: int | None, other: int | None) -> int | None:
    known = [value for value in (this, other) if value is not None]
    return min(known) if known else None


def _hundredths(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"))


def _year_before(day: date, *, last: bool = False) -> date:
    """Go a year back; with `last`, from the end of a month to the end of that month."""
    days_before = monthrange(day.year - 1, day.month)[1]
    ends = last and day.day == monthrange(day.year, day.month)[1]
    return day.replace(year=day.year - 1, day=days_before if ends else min(day.day, days_before))


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """How a unit conducted one case.

    Attributes:
        used: the share of its time that it took, or has taken so far; None where none was promised.
        late_days: working days behind the deadline; 0 in time.
        urges: how often it was urged, by citizens and by the hotline.
        solved, satisfaction: what the citizen said last; None when nobody was reached.
        hard: it was a hard one (疑难), or an assessment had to name the unit.
        followed: other cases that were settled with it.
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
    """A case on a circular: how much speaks for putting it there, and what."""

    conduct: Conduct
    weight: int
    reasons: tuple[Because, ...]


def exemplary(conduct: Conduct, rule: CircularRule) -> CircularEntry | None:
    """List a case as exemplary with its reasons: solved, in time, citizen satisfied; else None."""
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
        reasons.append(Because("quick", {"percent": f"{conduct.used:.0%}"}))
    if conduct.satisfaction == "very_satisfied":
        reasons.append(Because("very_satisfied", {}))
    if conduct.hard:
        reasons.append(Because("hard_one_solved", {}))
    if conduct.followed:
        reasons.append(Because("many_helped_at_once", {"count": str(conduct.followed + 1)}))
    return _listed(conduct, reasons, rule)


def poor(conduct: Conduct, rule: CircularRule) -> CircularEntry | None:
    """Tell why a case is a poor example, if it is."""
    reasons = []
    if conduct.reported:
        reasons.append(Because("reported_up", {}))
    if conduct.supervised:
        reasons.append(Because("supervised", {}))
    if conduct.late_days:
        reasons.append(Because("late", {"days": f"{conduct.late_days:.1f}"}))
    if conduct.urges >= rule.urges:
        reasons.append(Because("urged_often", {"count": str(conduct.urges)}))
    if conduct.rehandled:
        reasons.append(Because("went_back", {"count": str(conduct.rehandled)}))
    if conduct.solved == "no":
        reasons.append(Because("not_solved", {}))
    if conduct.satisfaction in _BAD:
        reasons.append(Because("dissatisfied", {}))
    return _listed(conduct, reasons, rule)


def _listed(conduct: Conduct, reasons: list[Because], rule: CircularRule) -> CircularEntry | None:
    weight = sum(rule.weights.get(reason.code, 0) for reason in reasons)
    return CircularEntry(conduct, weight, tuple(reasons)) if weight >= rule.enough else None
