"""The format of city.yml: names, limits, clocks, survey, review, circulars, escalation."""

from datetime import time
from typing import Annotated, Literal

from pydantic import (
    Field,
    StringConstraints,
    field_validator,
)

from api.catalogue.rules.categories import RequestKind
from api.catalogue.rules.city import CircularRule, ReviewRule, SurveyRule
from api.catalogue.rules.clocks import ClockKind, EscalationStep
from api.catalogue.rules.limits import LimitUnit, TimeLimit
from api.catalogue.store.part import FilePart, problem
from api.catalogue.store.rates import RatesPart
from api.catalogue.store.values import Bilingual, Hours, Phone, Span


class HotlinePart(FilePart):
    """The name and number that citizens know."""

    names: Bilingual
    number: Phone


class UrgencyPart(FilePart):
    """The limit of an urgency and the kinds of request it applies to."""

    limit: Span
    kinds: Annotated[list[RequestKind], Field(min_length=1)]


class Urgencies(FilePart):
    """`!` and `!!`."""

    urgent: UrgencyPart
    extreme: UrgencyPart


class KindLimits(FilePart):
    """Time limits of each kind of request."""

    consult: Span
    help: Span
    complaint: Span
    report: Span
    suggestion: Span
    praise: Span


class ClocksPart(FilePart):
    """The limits of the steps of a case."""

    first_reply: Span
    accept: Span
    sign_in: Span
    sign_in_urgent: Span
    contact_citizen: Span
    return_case: Span
    return_decision: Span
    return_case_urgent: Span
    return_decision_urgent: Span
    assessment_ruling: Span
    complex: Span
    rehandling: Span
    extension: Span
    supervise_after: Span
    report_after: Span
    survey_valid: Span
    live_silence: Span = TimeLimit(3, LimitUnit.MINUTES)
    remind_owed: Span = TimeLimit(1, LimitUnit.WORKING_DAYS)
    assessment_ruling_urgent: Span = TimeLimit(30, LimitUnit.MINUTES)


class TreatmentPart(FilePart):
    """Matters whose survey asks about the treatment: law enforcement and mediation."""

    kinds: tuple[RequestKind, ...] = (RequestKind.REPORT,)
    categories: tuple[str, ...] = ()


class SurveyPart(FilePart):
    """The callback survey: when it asks, reminds, and evaluates an incomplete answer."""

    after: Span = TimeLimit(1, LimitUnit.WORKING_DAYS)
    remind: Annotated[tuple[Span, ...], Field(min_length=1)] = (
        TimeLimit(1, LimitUnit.DAYS),
        TimeLimit(3, LimitUnit.DAYS),
    )
    settle: Span = TimeLimit(1, LimitUnit.DAYS)
    telephone: Span = TimeLimit(3, LimitUnit.WORKING_DAYS)
    calls: Annotated[int, Field(ge=1)] = 3
    hours: Hours = (time(8), time(21))
    treatment: TreatmentPart = TreatmentPart()

    def rule(self, valid: TimeLimit) -> SurveyRule:
        """As the domain holds it."""
        wakes, sleeps = self.hours
        return SurveyRule(
            after=self.after,
            remind=self.remind,
            settle=self.settle,
            valid=valid,
            telephone=self.telephone,
            calls=self.calls,
            wakes=wakes,
            sleeps=sleeps,
            treatment_kinds=frozenset(self.treatment.kinds),
            treatment_categories=frozenset(self.treatment.categories),
        )


class ReviewPart(FilePart):
    """Thresholds for joint assessments and the monthly review."""

    returns: Annotated[int, Field(ge=1)] = ReviewRule.returns
    concentrated: Annotated[int, Field(ge=2)] = ReviewRule.concentrated
    asked_again: Annotated[int, Field(ge=2)] = ReviewRule.asked_again
    came_back: Annotated[int, Field(ge=1)] = ReviewRule.came_back
    alike_days: Annotated[int, Field(ge=1, le=366)] = ReviewRule.alike_days

    def rule(self) -> ReviewRule:
        """As the domain holds it."""
        return ReviewRule(**self.model_dump())


class CircularPart(FilePart):
    """Cases in circulars; a reason without a weight has the default weight."""

    quick_percent: Annotated[int, Field(ge=1, le=100)] = CircularRule().quick_percent
    urges: Annotated[int, Field(ge=1)] = CircularRule().urges
    enough: Annotated[int, Field(ge=1)] = CircularRule().enough
    weights: dict[str, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)

    @field_validator("weights")
    @classmethod
    def _reasons_that_there_are(cls, weights: dict[str, int]) -> dict[str, int]:
        known = CircularRule().weights
        for reason in weights:
            if reason not in known:
                raise problem(f"no case is listed for '{reason}'", f"one of {', '.join(known)}")
        return weights

    def rule(self) -> CircularRule:
        """As the domain holds it."""
        weights = {**CircularRule().weights, **self.weights}
        return CircularRule(self.quick_percent, self.urges, self.enough, weights)


class EscalationPart(FilePart):
    """Escalation of clocks: when they warn, and how far each kind goes (`none`: not at all)."""

    warn_percent: Annotated[int, Field(ge=1, le=99)] = 80
    up_to: dict[ClockKind, EscalationStep | Literal["none"]] = Field(default_factory=dict)


class CityFile(FilePart):
    """city.yml."""

    code: Annotated[str, StringConstraints(pattern=r"^\d{4}$|^\d{6}$")]
    names: Bilingual
    hotline: HotlinePart
    limits: KindLimits
    urgency: Urgencies
    clocks: ClocksPart
    survey: SurveyPart = SurveyPart()
    rates: RatesPart = RatesPart()
    review: ReviewPart = ReviewPart()
    circular: CircularPart = CircularPart()
    reminders: Annotated[int, Field(ge=0, le=9)] = 2
    escalation: EscalationPart = EscalationPart()
