"""Define the city: its names, and the rules for all categories."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time

from api.catalogue.rules.categories import RequestKind, Urgency
from api.catalogue.rules.limits import TimeLimit
from api.catalogue.rules.rates import Formula, RateName
from api.catalogue.rules.texts import Text


@dataclass(frozen=True, slots=True)
class UrgencyRule:
    """The limit of an urgency, and the kinds of request that it applies to.

    A question about a lift's inspection is not an emergency, although lifts are urgent.
    """

    limit: TimeLimit
    kinds: frozenset[RequestKind]


@dataclass(frozen=True, slots=True)
class SurveyRule:
    """Rules of the callback survey (回访).

    Attributes:
        after: time from the reply to the question; None asks at once, at any hour.
        remind: time from the question to each reminder.
        settle: time from an incomplete answer to its evaluation.
        valid: time from the question until answers by message are no longer awaited.
        telephone: further time for attempts by telephone.
        calls: number of calls without an answer that end the attempts earlier.
        wakes, sleeps: citizens may be asked between these times of day in Asia/Shanghai.
        treatment_kinds, treatment_categories: in such matters citizens are asked whether they were
            treated properly instead of whether they are satisfied.
    """

    after: TimeLimit | None
    remind: tuple[TimeLimit, ...]
    settle: TimeLimit
    valid: TimeLimit
    telephone: TimeLimit
    calls: int
    wakes: time
    sleeps: time
    treatment_kinds: frozenset[RequestKind] = frozenset({RequestKind.REPORT})
    treatment_categories: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ReviewRule:
    """Thresholds for joint assessments and the month's joint review.

    Attributes:
        returns: number of returns of one case that open an assessment.
        concentrated: least number of cases of one category in one street.
        asked_again: least number of cases of one citizen and category.
        came_back: least number of returns and rehandlings of one case.
        alike_days: cases of a category and street within so many days may be one matter.
    """

    returns: int = 2
    concentrated: int = 5
    asked_again: int = 3
    came_back: int = 2
    alike_days: int = 28


@dataclass(frozen=True, slots=True)
class CircularRule:
    """Rules for the cases in a circular to all units, as good or poor examples (通报).

    Attributes:
        quick_percent: a case that took at most this share of its time was quick.
        urges: a case with at least so many urges was urged often.
        weights: the weight of each reason; missing reasons have no weight.
        enough: least total weight of a listed case.
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
    """The city: its names, its hotline, and its promises for all categories.

    `clocks` are the limits of the steps of a case by name (`accept`, `sign_in`, `return`, ...).
    `rates` are the formulas of its rates. `warn_percent` is the share of a limit after which its
    clock warns; `goes_to` names the last step of clocks that do not escalate as usual. A citizen
    is reminded of owed details at most `reminders` times.
    """

    code: str
    names: Text
    hotline_names: Text
    hotline_number: str
    kind_limits: Mapping[RequestKind, TimeLimit]
    urgency_rules: Mapping[Urgency, UrgencyRule]
    clocks: Mapping[str, TimeLimit]
    survey: SurveyRule
    rates: Mapping[RateName, Formula]
    review: ReviewRule = ReviewRule()
    circular: CircularRule = CircularRule()
    reminders: int = 2
    warn_percent: int = 80
    goes_to: Mapping[str, str] = field(default_factory=dict)
