"""The city: its names, and the rules that hold for all categories."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time

from api.catalogue.rules.categories import Kind, Urgency
from api.catalogue.rules.limits import TimeLimit
from api.catalogue.rules.rates import Formula, RateName
from api.catalogue.rules.texts import Text


@dataclass(frozen=True, slots=True)
class UrgencyRule:
    """The limit of an urgency, and the kinds of request that it applies to.

    A question about a lift's inspection is not an emergency, although lifts are urgent.
    """

    limit: TimeLimit
    kinds: frozenset[Kind]


@dataclass(frozen=True, slots=True)
class SurveyRule:
    """How citizens are asked what came of their case (回访).

    Attributes:
        after: from the reply to the question; None asks at once, at any hour.
        remind: from the question to each reminder.
        settle: from an unfinished answer to what follows from it.
        valid: from the question to the end of waiting for a message.
        telephone: from the end of waiting to the end of trying by telephone.
        calls: how many calls that reach nobody end the trying before.
        wakes, sleeps: between these times of day, in Asia/Shanghai, citizens may be asked.
        treatment_kinds, treatment_categories: in such matters citizens are asked whether they were
            treated properly, not whether they are satisfied.
    """

    after: TimeLimit | None
    remind: tuple[TimeLimit, ...]
    settle: TimeLimit
    valid: TimeLimit
    telephone: TimeLimit
    calls: int
    wakes: time
    sleeps: time
    treatment_kinds: frozenset[Kind] = frozenset({Kind.REPORT})
    treatment_categories: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ReviewRule:
    """When units are brought together, and what the month's joint review takes up.

    Attributes:
        returns: so many returns of one case open an assessment.
        concentrated: from so many cases of one category in one street on.
        asked_again: from so many cases of one citizen and category on.
        came_back: from so many returns and rehandlings of one case on.
        alike_days: cases of a category and street within so many days may be one matter.
    """

    returns: int = 2
    concentrated: int = 5
    asked_again: int = 3
    came_back: int = 2
    alike_days: int = 28


@dataclass(frozen=True, slots=True)
class CircularRule:
    """Which cases are shown to all units, as good examples or as poor ones (通报).

    Attributes:
        quick_percent: what took no more than this share of its time was quick.
        urges: what was urged so often was urged often.
        weights: how much each reason counts; one that is not there counts for nothing.
        enough: from which weight of its reasons on a case is listed.
    """

    quick_percent: int = 25
    urges: int = 2
    enough: int = 2
    weights: Mapping[str, int] = field(
        default_factory=lambda: {
            "reported_up": 3,
            "supervised": 2,
            "late": 1,
            "urged_often": 1,
            "went_back": 1,
            "not_solved": 1,
            "dissatisfied": 1,
            "quick": 1,
            "very_satisfied": 1,
            "hard_one_solved": 2,
            "many_helped_at_once": 2,
        }
    )


@dataclass(frozen=True, slots=True)
class City:
    """The city as such: its names, its hotline, and the promises that hold for all categories.

    `clocks` are the limits of the steps of a case by name (`accept`, `sign_in`, `return`, ...).
    `rates` are the formulas of what it is measured by.
    `warn_percent` is the share of a limit after which its clock warns; `goes_to` names the last
    step of those kinds of clock that do not escalate as usual. A citizen is reminded of what is
    owed `reminders` times at most.
    """

    code: str
    names: Text
    hotline_names: Text
    hotline_number: str
    kind_limits: Mapping[Kind, TimeLimit]
    urgency_rules: Mapping[Urgency, UrgencyRule]
    clocks: Mapping[str, TimeLimit]
    survey: SurveyRule
    rates: Mapping[RateName, Formula]
    review: ReviewRule = ReviewRule()
    circular: CircularRule = CircularRule()
    reminders: int = 2
    warn_percent: int = 80
    goes_to: Mapping[str, str] = field(default_factory=dict)
