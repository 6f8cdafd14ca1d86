"""What a city accepts, asks for and promises: its catalogue, as loaded from the city's own folder.

Everything here is immutable and free of I/O. `api.store.catalogue.loading` reads and checks a
folder and builds these objects; a `Catalogue` that exists is a valid one, so the look-ups below
only refuse keys that a caller made up. Words come in pairs (`Text`), because a citizen may switch
language at any time.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum

from api.domain.days import CalendarOverrides, OfficialDays
from api.domain.rates import Formula, RateName
from api.domain.territory import Territory


class Kind(StrEnum):
    """What a citizen wants by speaking (诉求类型)."""

    CONSULT = "consult"
    HELP = "help"
    COMPLAINT = "complaint"
    REPORT = "report"
    SUGGESTION = "suggestion"
    PRAISE = "praise"


_TO_BE_DONE = frozenset({Kind.HELP, Kind.COMPLAINT, Kind.REPORT})


class DetailType(StrEnum):
    """The shape of an answer; decides how the dialogue reads it and what it offers to tap."""

    TEXT = "text"
    PLACE = "place"
    TIME = "time"
    PHONE = "phone"
    PLATE = "plate"
    AMOUNT = "amount"
    NUMBER = "number"
    CHOICE = "choice"
    YES_NO = "yes_no"
    PHOTO = "photo"
    CONTACT = "contact"


FIXED_DETAILS: Mapping[str, DetailType] = {
    "happened": DetailType.TEXT,
    "place": DetailType.PLACE,
    "time": DetailType.TIME,
    "demand": DetailType.TEXT,
    "contact": DetailType.CONTACT,
    "photo": DetailType.PHOTO,
}
"""The details that every city has, because the dialogue has a slot for each of them."""


class Urgency(StrEnum):
    """How fast a matter must be answered; `URGENT` and `EXTREME` run around the clock."""

    NORMAL = "normal"
    URGENT = "urgent"
    EXTREME = "extreme"

    @property
    def rank(self) -> int:
        """0, 1 or 2: greater is more pressing."""
        return list(Urgency).index(self)


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
        """Whether nights, weekends and holidays stand still."""
        return self.unit in (LimitUnit.WORKING_HOURS, LimitUnit.WORKING_DAYS)

    @property
    def rough_minutes(self) -> int:
        """Comparable length, a working day taken as the 24 hours that it spans."""
        minutes = {LimitUnit.MINUTES: 1, LimitUnit.HOURS: 60, LimitUnit.WORKING_HOURS: 60}
        return self.amount * minutes.get(self.unit, 24 * 60)


@dataclass(frozen=True, slots=True)
class Text:
    """One thing said in both languages."""

    zh: str
    en: str

    def get(self, language: str) -> str:
        """The words in `language`; Chinese, the city's own, for any language but English."""
        return self.en if language == "en" else self.zh


@dataclass(frozen=True, slots=True)
class TextVariants:
    """Several ways to say one thing (prompts: the first ask, then re-asks), or several words."""

    zh: tuple[str, ...]
    en: tuple[str, ...]

    def get(self, language: str) -> tuple[str, ...]:
        """The words in `language`; Chinese for any language but English."""
        return self.en if language == "en" else self.zh


@dataclass(frozen=True, slots=True)
class DetailChoice:
    """One answer that a detail of type `choice` offers."""

    key: str
    names: Text


@dataclass(frozen=True, slots=True)
class CategoryDetail:
    """One thing that may be asked of a citizen; `prompts` holds two wordings a language or more."""

    key: str
    type: DetailType
    names: Text
    prompts: TextVariants
    choices: tuple[DetailChoice, ...] = ()


@dataclass(frozen=True, slots=True)
class Raise:
    """A category becomes more urgent once a number is reached: ten unpaid workers, say."""

    detail: str
    at_least: int
    urgency: Urgency


@dataclass(frozen=True, slots=True)
class FirstLevelCategory:
    """A first-level category: two digits that group second-level ones."""

    code: str
    names: Text


@dataclass(frozen=True, slots=True)
class CaseCategory:
    """A second-level category: what a case is filed under.

    `unit_type` is who solves first; when that is a territorial type (the street), `department` is
    the type that stands behind it. `required` details are asked for, though none is a condition of
    opening a case; `optional` ones are taken when offered. `hint` says what to expect. `evidence`
    is whether a unit shows what it did, by a photo or a document.
    """

    code: str
    parent: str
    names: Text
    words: TextVariants
    required: tuple[str, ...]
    optional: tuple[str, ...]
    unit_type: str
    department: str | None
    limit: TimeLimit
    urgency: Urgency
    hint: Text
    raises: Raise | None = None
    evidence: bool = False

    def urgency_with(self, details: Mapping[str, str]) -> Urgency:
        """The urgency of a case that carries `details` (answers by key, numbers as digits)."""
        if self.raises is None:
            return self.urgency
        answer = details.get(self.raises.detail, "")
        reached = answer.isdecimal() and int(answer) >= self.raises.at_least
        return self.raises.urgency if reached else self.urgency


@dataclass(frozen=True, slots=True)
class ExcludedMatter:
    """A matter that the hotline may not take (不予受理): its marks, why, and the right door."""

    key: str
    names: Text
    words: TextVariants
    reason: Text
    door: Text


class Level(StrEnum):
    """The tier that a unit belongs to."""

    CITY = "city"
    DISTRICT = "district"
    STREET = "street"
    COMMUNITY = "community"


@dataclass(frozen=True, slots=True)
class UnitType:
    """A sort of unit (承办单位). Of a territorial type there is one a place of its level.

    Where no unit of this type covers a place, one of the type `falls_back_to` answers for it: a
    district's desk where a forest farm has no street office.
    """

    key: str
    names: Text
    level: Level
    falls_back_to: str | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """Who handles a case. `covers` lists territory codes; empty means the whole city.

    `phone_is_example` marks an invented number that must be shown as such.
    """

    code: str
    type: str
    names: Text
    level: Level
    covers: tuple[str, ...] = ()
    phone: str | None = None
    phone_is_example: bool = False


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


@dataclass(frozen=True)
class Catalogue:
    """One city's whole catalogue. `version` changes whenever a byte of its files does."""

    version: str
    city: City
    details: Mapping[str, CategoryDetail]
    first_level: Mapping[str, FirstLevelCategory]
    categories: Mapping[str, CaseCategory]
    exclusions: Mapping[str, ExcludedMatter]
    unit_types: Mapping[str, UnitType]
    units: Mapping[str, Unit]
    calendar: CalendarOverrides
    official_days: Callable[[], OfficialDays]
    territory: Territory
    _city_wide: Mapping[str, tuple[Unit, ...]] = field(init=False, repr=False, compare=False)
    _covering: Mapping[tuple[str, str], tuple[Unit, ...]] = field(
        init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        city_wide: dict[str, tuple[Unit, ...]] = {}
        covering: dict[tuple[str, str], tuple[Unit, ...]] = {}
        for unit in self.units.values():
            if not unit.covers:
                city_wide[unit.type] = (*city_wide.get(unit.type, ()), unit)
            for code in unit.covers:
                covering[unit.type, code] = (*covering.get((unit.type, code), ()), unit)
        object.__setattr__(self, "_city_wide", city_wide)
        object.__setattr__(self, "_covering", covering)

    def children(self, first_level: str) -> tuple[CaseCategory, ...]:
        """The second-level categories under a first-level code, in the order of the file."""
        return tuple(c for c in self.categories.values() if c.parent == first_level)

    def limit_of(
        self, category: CaseCategory, kind: Kind, urgency: Urgency | None = None
    ) -> TimeLimit:
        """How long the city gives itself for a case of this category and kind.

        An urgency that applies to the kind decides alone; otherwise the shorter of what the
        category and what the kind promise. `urgency` overrides the category's own.
        """
        rule = self.city.urgency_rules.get(urgency or category.urgency)
        if rule is not None and kind in rule.kinds:
            return rule.limit
        candidates = (category.limit, self.city.kind_limits.get(kind, category.limit))
        return min(candidates, key=lambda limit: limit.rough_minutes)

    def needs_evidence(self, category: str, kind: Kind) -> bool:
        """Whether a reply shows by a file what was done; asked only where something was to be."""
        found = self.categories.get(category)
        return found is not None and found.evidence and kind in _TO_BE_DONE

    def units_for(self, unit_type: str, place: str | None) -> tuple[Unit, ...]:
        """The units of `unit_type` that answer for the territory code `place`, each as well.

        Those covering the narrowest territory around the place win over those covering the whole
        city. None when nobody is named for it (a street's matter without a place).
        """
        lineage = self.territory.lineage(place) if place else ()
        asked: str | None = unit_type
        while asked is not None:
            for code in lineage:
                if found := self._covering.get((asked, code)):
                    return found
            if found := self._city_wide.get(asked, ()):
                return found
            asked = self.unit_types[asked].falls_back_to if asked in self.unit_types else None
        return ()

    def unit_for(self, unit_type: str, place: str | None) -> Unit | None:
        """The one unit of `unit_type` that answers for `place`; None when there are several."""
        found = self.units_for(unit_type, place)
        return found[0] if len(found) == 1 else None
