"""The rates by which a city is measured, as formulas: settings of the city, never code.

A formula says which fact of a case it looks at, how much each value of it counts for in the
numerator, and which values make up the denominator. Both are shown with every rate.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Fact(StrEnum):
    """One thing that is known of a case and counted by its values."""

    CONTACT = "contact"
    SOLVED = "solved"
    SATISFACTION = "satisfaction"
    FIRST_SOLVED = "first_solved"
    FIRST_SATISFACTION = "first_satisfaction"
    RETURNED = "returned"
    ANSWERED = "answered"


_SOLVED = ("yes", "partly", "no")
_SATISFACTION = (
    "very_satisfied",
    "satisfied",
    "fairly_satisfied",
    "dissatisfied",
    "very_dissatisfied",
)
VALUES: dict[Fact, tuple[str, ...]] = {
    # The unit's word on when it contacted the citizen, unless the citizen denies it; `none` once
    # the time for it is over.
    Fact.CONTACT: ("in_time", "late", "none", "denied"),
    # The citizen's word in the callback: the last one, and the first one.
    Fact.SOLVED: _SOLVED,
    Fact.SATISFACTION: _SATISFACTION,
    Fact.FIRST_SOLVED: _SOLVED,
    Fact.FIRST_SATISFACTION: _SATISFACTION,
    # What became of a unit's wish to return it.
    Fact.RETURNED: ("never", "asked", "refused", "accepted"),
    # The answer against the limit; `lapsed`: none yet, and the limit is over.
    Fact.ANSWERED: ("in_time", "late", "lapsed"),
}


class RateName(StrEnum):
    """The rates: the three of the callback (三率), returned (退单率) and overdue (超期率)."""

    RESPONSE = "response"
    SOLVED = "solved"
    SATISFIED = "satisfied"
    RETURNED = "returned"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Rate:
    """A numerator, which may have halves in it, and a denominator."""

    numerator: Decimal
    denominator: int

    @property
    def value(self) -> Decimal | None:
        """The share, 0 to 1 to four places (a hundredth of a percent); None of nothing."""
        if not self.denominator:
            return None
        return (self.numerator / self.denominator).quantize(Decimal("0.0001"))


@dataclass(frozen=True, slots=True)
class Formula:
    """How a rate is made of one fact.

    Attributes:
        fact: what is looked at.
        counts: what each value adds to the numerator; those left out add nothing.
        among: the values that make up the denominator.
    """

    fact: Fact
    counts: Mapping[str, Decimal]
    among: frozenset[str]

    def rate(self, values: Mapping[tuple[Fact, str], int]) -> Rate:
        """Reckon the rate from how often each value of each fact came up."""
        counted = {value: values.get((self.fact, value), 0) for value in self.among}
        numerator = sum(
            (self.counts.get(value, Decimal(0)) * n for value, n in counted.items()), Decimal(0)
        )
        return Rate(numerator, sum(counted.values()))
