"""Define the format of a catalogue's YAML files, one model per file.

The models validate a file and convert its parts to domain objects. `checks` compares the files with
each other.
"""

import re
from datetime import date, time
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from api.catalogue.rules.categories import ExcludedMatter, Kind, Raise, Urgency
from api.catalogue.rules.city import CircularRule, ReviewRule, SurveyRule
from api.catalogue.rules.clocks import ClockKind, EscalationStep
from api.catalogue.rules.details import CategoryDetail, DetailChoice, DetailType
from api.catalogue.rules.limits import LimitUnit, TimeLimit
from api.catalogue.rules.texts import Text, TextVariants
from api.catalogue.rules.units import Level, UnitType
from api.catalogue.store.part import FilePart, problem
from api.catalogue.store.rates import RatesPart

_LIMIT = re.compile(r"(\d{1,4}) (minute|hour|day|working hour|working day)s?")


def _limit(value: object) -> object:
    if isinstance(value, str):
        found = _LIMIT.fullmatch(value.strip())
        if found and int(found[1]) > 0:
            return TimeLimit(int(found[1]), LimitUnit(found[2].replace(" ", "_") + "s"))
    raise problem(
        f"'{value}' is not a limit",
        "a number and minutes, hours, days, working hours or working days: '5 working days'",
    )


def _hours(value: object) -> object:
    if isinstance(value, str):
        found = re.fullmatch(r"(\d{2}:\d{2})-(\d{2}:\d{2})", value)
        try:
            start, end = (time.fromisoformat(part) for part in found.groups()) if found else (0, 0)
        except ValueError:
            start, end = 0, 0
        if isinstance(start, time) and isinstance(end, time) and start < end:
            return (start, end)
    raise problem(f"'{value}' is not a span of hours", "opening and closing: '09:00-12:00'")


def _distinct(words: list[str]) -> list[str]:
    if twice := sorted({word for word in words if words.count(word) > 1}):
        raise problem(f"'{twice[0]}' stands twice", "say it once, or in other words")
    return words


Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Keys = Annotated[list[Key], AfterValidator(_distinct)]
Span = Annotated[TimeLimit, BeforeValidator(_limit)]
Wordings = Annotated[list[Word], Field(min_length=2), AfterValidator(_distinct)]
Hours = Annotated[tuple[time, time], BeforeValidator(_hours)]
WordList = Annotated[list[Word], Field(min_length=1), AfterValidator(_distinct)]
CategoryCode = Annotated[str, StringConstraints(pattern=r"^\d{4}$")]
UnitCode = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9-]*$")]
Phone = Annotated[str, StringConstraints(pattern=r"^\+?\d[\d -]{2,18}$")]


class Bilingual(FilePart):
    """`zh:` and `en:`, both required."""

    zh: Word
    en: Word

    def text(self) -> Text:
        """As the domain holds it."""
        return Text(self.zh, self.en)


class Prompts(FilePart):
    """At least two wordings in each language, so that a repeated question has new words."""

    zh: Wordings
    en: Wordings


class Words(FilePart):
    """Words that citizens use for a thing."""

    zh: WordList
    en: WordList

    def texts(self) -> TextVariants:
        """As the domain holds them."""
        return TextVariants(tuple(self.zh), tuple(self.en))


class HotlinePart(FilePart):
    """The name and number that citizens know."""

    names: Bilingual
    number: Phone


class UrgencyPart(FilePart):
    """The limit of an urgency and the kinds of request it applies to."""

    limit: Span
    kinds: Annotated[list[Kind], Field(min_length=1)]


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

    kinds: tuple[Kind, ...] = (Kind.REPORT,)
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


class DetailPart(FilePart):
    """One entry of details.yml."""

    type: DetailType
    names: Bilingual
    prompts: Prompts
    choices: dict[Key, Bilingual] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _choices_where_due(self) -> "DetailPart":
        if self.type is DetailType.CHOICE and len(self.choices) < 2:
            raise problem(
                f"a detail of type choice with {len(self.choices)} choices",
                "at least two entries under 'choices', each with zh and en",
            )
        if self.type is not DetailType.CHOICE and self.choices:
            raise problem(
                f"choices on a detail of type {self.type}", "'type: choice', or no choices"
            )
        return self

    def definition(self, key: str) -> CategoryDetail:
        """As the domain holds it."""
        return CategoryDetail(
            key=key,
            type=self.type,
            names=self.names.text(),
            prompts=TextVariants(tuple(self.prompts.zh), tuple(self.prompts.en)),
            choices=tuple(DetailChoice(k, v.text()) for k, v in self.choices.items()),
        )


class RaisePart(FilePart):
    """Rule that raises the urgency from a number on."""

    detail: Key
    at_least: Annotated[int, Field(ge=1)]
    urgency: Literal["urgent", "extreme"]

    def rule(self) -> Raise:
        """As the domain holds it."""
        return Raise(self.detail, self.at_least, Urgency(self.urgency))


class CategoryPart(FilePart):
    """One second-level category. Missing values are taken from the head of its file."""

    names: Bilingual
    words: Words
    required: Keys
    optional: Keys = Field(default_factory=list)
    hint: Bilingual
    unit_type: Key | None = None
    department: Key | None = None
    limit: Span | None = None
    urgency: Urgency = Urgency.NORMAL
    raises: RaisePart | None = None
    evidence: bool = False


class CategoriesFile(FilePart):
    """categories/*.yml: one first-level category and all below it."""

    code: Annotated[str, StringConstraints(pattern=r"^\d{2}$")]
    names: Bilingual
    unit_type: Key | None = None
    department: Key | None = None
    limit: Span | None = None
    categories: Annotated[dict[CategoryCode, CategoryPart], Field(min_length=1)]


class ExclusionPart(FilePart):
    """One matter that is not accepted, and the right office."""

    names: Bilingual
    words: Words
    reason: Bilingual
    door: Bilingual

    def exclusion(self, key: str) -> ExcludedMatter:
        """As the domain holds it."""
        return ExcludedMatter(
            key, self.names.text(), self.words.texts(), self.reason.text(), self.door.text()
        )


class ExclusionsFile(FilePart):
    """exclusions.yml."""

    exclusions: dict[Key, ExclusionPart]


class UnitTypePart(FilePart):
    """One type of unit."""

    names: Bilingual
    level: Level
    falls_back_to: Key | None = None

    def unit_type(self, key: str) -> UnitType:
        """As the domain holds it."""
        return UnitType(key, self.names.text(), self.level, self.falls_back_to)


class UnitPart(FilePart):
    """One unit that is listed by hand."""

    type: Key
    names: Bilingual
    covers: Annotated[list[Word], AfterValidator(_distinct)] = Field(default_factory=list)
    phone: Phone | None = None
    example_phone: Phone | None = None

    @model_validator(mode="after")
    def _one_phone(self) -> "UnitPart":
        if self.phone and self.example_phone:
            raise problem(
                "a unit with both phone and example_phone", "'phone' once the number is real"
            )
        return self


class UnitRule(FilePart):
    """One unit for each place of a level whose name ends in one of `ends_with`.

    `{code}`, `{zh}`, `{en}` and, in the example phone, `{serial}` (four digits) are filled in.
    """

    level: Literal[Level.DISTRICT, Level.STREET, Level.COMMUNITY]
    type: Key
    ends_with: Annotated[list[Word], Field(min_length=1)]
    code: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9-]*\{code\}[A-Z0-9-]*$")]
    names: Bilingual
    example_phone: Annotated[str, StringConstraints(pattern=r"^[\d -]*\{serial\}$")]


class UnitsFile(FilePart):
    """units.yml."""

    types: dict[Key, UnitTypePart]
    units: dict[UnitCode, UnitPart]
    for_each_place: list[UnitRule] = Field(default_factory=list)


class ShortNames(FilePart):
    """Endings of names that people omit, by level."""

    district: list[str] = Field(default_factory=list)
    street: list[str] = Field(default_factory=list)
    community: list[str] = Field(default_factory=list)


class TerritoryFile(FilePart):
    """territory.yml; the places themselves stand in territory/*.csv."""

    endings: ShortNames


class CalendarFile(FilePart):
    """calendar.yml: the city's changes of the official calendar."""

    hours: Annotated[list[Hours], Field(min_length=1)]
    days_off: dict[date, Word] = Field(default_factory=dict)
    working_days: dict[date, Word] = Field(default_factory=dict)


class DetailsFile(FilePart):
    """details.yml."""

    details: Annotated[dict[Key, DetailPart], Field(min_length=1)]
