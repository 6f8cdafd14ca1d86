"""Days off, days worked, hours of work: what the nation announces and where a city departs from it.

What follows from them is reckoned in `calendar`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time


@dataclass(frozen=True, slots=True)
class OfficialDays:
    """What the nation has announced: the years that it covers, and their exceptions.

    `days_off` are holidays, `working_days` the weekend days that are worked in exchange. Of a year
    that is not in `years` nothing is known; its weekdays are worked.
    """

    years: frozenset[int] = frozenset()
    days_off: frozenset[date] = frozenset()
    working_days: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class CalendarOverrides:
    """Where the city departs from the official calendar: days off, days worked, hours of work."""

    days_off: Mapping[date, str] = field(default_factory=dict)
    working_days: Mapping[date, str] = field(default_factory=dict)
    hours: tuple[tuple[time, time], ...] = ()
