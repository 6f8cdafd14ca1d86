"""Define the part of a catalogue with the formulas of its rates."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated

from pydantic import Field, model_validator

from api.catalogue.rules.rates import VALUES, Fact, Formula, RateName
from api.catalogue.store.part import FilePart, problem

Weight = Annotated[Decimal, Field(ge=0, le=1)]


class RatePart(FilePart):
    """One rate: `counts` are the weights of a fact's values, `among` the counted values."""

    fact: Fact
    counts: Annotated[dict[str, Weight], Field(min_length=1)]
    among: Annotated[list[str], Field(min_length=1)]

    @model_validator(mode="after")
    def _values_that_there_are(self) -> "RatePart":
        known = VALUES[self.fact]
        for value in (*self.counts, *self.among):
            if value not in known:
                raise problem(f"'{self.fact}' is never '{value}'", f"one of {', '.join(known)}")
        for value in self.counts:
            if value not in self.among:
                raise problem(
                    f"'{value}' counts but is not among the cases", f"add '{value}' to 'among'"
                )
        return self

    def formula(self) -> Formula:
        """As the domain holds it."""
        return Formula(self.fact, self.counts, frozenset(self.among))


def _all_of(fact: Fact, *counts: str, **weights: str) -> RatePart:
    """Count some values of a fact among all of them."""
    whole = dict.fromkeys(counts, Decimal(1))
    return RatePart(
        fact=fact,
        counts=whole | {value: Decimal(weight) for value, weight in weights.items()},
        among=list(VALUES[fact]),
    )


class RatesPart(FilePart):
    """The rates of a city; each has a usual formula."""

    response: RatePart = _all_of(Fact.CONTACT, "in_time")
    solved: RatePart = _all_of(Fact.SOLVED, "yes", partly="0.5")
    satisfied: RatePart = _all_of(
        Fact.SATISFACTION, "very_satisfied", "satisfied", "fairly_satisfied"
    )
    returned: RatePart = _all_of(Fact.RETURNED, "asked", "refused", "accepted")
    overdue: RatePart = _all_of(Fact.ANSWERED, "late", "lapsed")

    def formulas(self) -> Mapping[RateName, Formula]:
        """As the domain holds them."""
        return {name: getattr(self, name.value).formula() for name in RateName}
