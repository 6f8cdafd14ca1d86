"""Limits: spans of time that a promise is measured by."""

from dataclasses import dataclass
from enum import StrEnum


class LimitUnit(StrEnum):
    """What a limit is counted in; the two `working_` units follow the city's calendar."""

    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    WORKING_HOURS = "working_hours"
    WORKING_DAYS = "working_days"


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """A span of time that a promise is measured by, such as 5 working days or 24 hours."""

    amount: int
    unit: LimitUnit

    @property
    def working_time(self) -> bool:
        """Whether nights, weekends and holidays do not count."""
        return self.unit in (LimitUnit.WORKING_HOURS, LimitUnit.WORKING_DAYS)

    @property
    def rough_minutes(self) -> int:
        """Comparable length, a working day taken as the 24 hours that it spans."""
        minutes = {LimitUnit.MINUTES: 1, LimitUnit.HOURS: 60, LimitUnit.WORKING_HOURS: 60}
        return self.amount * minutes.get(self.unit, 24 * 60)
