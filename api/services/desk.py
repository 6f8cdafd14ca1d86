"""Hold the dependencies of use cases: catalogue and rules, keys, clock and ids."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from api.catalogue.rules.calendar import WorkingCalendar, due
from api.catalogue.rules.catalogue import Catalogue
from api.catalogue.rules.categories import CaseCategory, Urgency
from api.catalogue.rules.city import SurveyRule
from api.catalogue.rules.clocks import Escalation
from api.catalogue.rules.details import DetailType
from api.catalogue.rules.errors import CategoryUnknown, DetailUnknown
from api.catalogue.rules.limits import TimeLimit
from api.domain.attachments.attachment import AttachmentRule
from api.domain.cases.case import Case, UrgeRule
from api.domain.cases.clock import Rules
from api.domain.cases.facts import Measures
from api.ports import Background, Understanding
from api.store.events.events import Listener
from api.store.work import UnitOfWork
from kernel.clock import Clock
from kernel.database.transaction import Transaction
from kernel.ids import Ids
from kernel.privacy.crypto import Keyring


def nobody_listens(_topic: str) -> None:
    """Do nothing; used without a bell."""


@dataclass(frozen=True, repr=False)
class ServiceDesk:
    """The service desk of one city.

    `listeners` receive new events of cases, in the transaction that appends them. `sure` is the
    least confidence of a category with which a case is dispatched without a clerk. `survey_rule`
    replaces the city's own, for a demo. `ring` signals a topic: quickly, from any thread, without
    exceptions. `understanding` learns from staff; without it no correction of a category is stored.
    `background` runs long jobs; without it they wait for the nightly job.
    """

    catalogue: Catalogue
    keyring: Keyring
    clock: Clock
    ids: Ids
    listeners: tuple[Listener, ...]
    urge_rule: UrgeRule = field(default_factory=UrgeRule)
    attachment_rule: AttachmentRule = field(default_factory=AttachmentRule)
    sure: float = 0.6
    ring: Callable[[str], None] = nobody_listens
    survey_rule: SurveyRule | None = None
    understanding: Understanding | None = None
    background: Background | None = None
    calendar: WorkingCalendar = field(init=False)
    measures: Measures = field(init=False)
    clock_rules: Rules = field(init=False)

    def __post_init__(self) -> None:
        calendar = WorkingCalendar(self.catalogue.calendar, self.catalogue.official_days)
        object.__setattr__(self, "calendar", calendar)
        contact = self.catalogue.city.clocks["contact_citizen"]
        object.__setattr__(self, "measures", Measures(self.calendar, contact))
        rules = Rules(calendar, Escalation.of(self.catalogue.city))
        object.__setattr__(self, "clock_rules", rules)

    def work(self, tx: Transaction) -> UnitOfWork:
        """Begin a unit of work in a transaction."""
        return UnitOfWork(tx, self.keyring, self.ids, self.measures, self.listeners, self.ring)

    def category(self, code: str) -> CaseCategory:
        """Find a category.

        Raises:
            CategoryUnknown: the catalogue has none with this code.
        """
        found = self.catalogue.categories.get(code)
        if found is None:
            raise CategoryUnknown(category=code)
        return found

    def photos(self) -> frozenset[str]:
        """Keys of details that are answered with a file."""
        return frozenset(
            key for key, detail in self.catalogue.details.items() if detail.type is DetailType.PHOTO
        )

    def known_details(self, keys: tuple[str, ...]) -> tuple[str, ...]:
        """Check that the catalogue has these details.

        Raises:
            DetailUnknown: the catalogue does not have them.
        """
        for key in keys:
            if key not in self.catalogue.details:
                raise DetailUnknown(detail=key)
        return keys

    @property
    def survey(self) -> SurveyRule:
        """Rules of the callback survey."""
        return self.survey_rule or self.catalogue.city.survey

    def within(self, clock: str, start: datetime, urgency: Urgency = Urgency.NORMAL) -> datetime:
        """Return the deadline of a step, such as `sign_in`, that begins at `start`.

        If a step has its own limit for urgent cases, that is used.
        """
        return due(start, self.step(clock, urgency), self.calendar)

    def step(self, clock: str, urgency: Urgency = Urgency.NORMAL) -> TimeLimit:
        """Return the time limit of a step."""
        clocks = self.catalogue.city.clocks
        pressing = clocks.get(f"{clock}_urgent") if urgency is not Urgency.NORMAL else None
        return pressing or clocks[clock]

    def clerk_by(self, start: datetime) -> datetime:
        """Return the deadline of a clerk for a case that arrived at `start`."""
        return self.within("accept", start)

    def answer_by(self, start: datetime, category: CaseCategory, case: Case) -> datetime:
        """Return the deadline of a unit's answer to `case` from `start` on."""
        limit = self.catalogue.limit_of(category, case.kind, case.urgency)
        return due(start, limit, self.calendar)

    def rehandle_by(self, start: datetime, case: Case) -> datetime:
        """Return the deadline of the new answer to a case that returns to its unit at `start`."""
        return due(start, self.rehandle_limit(case), self.calendar)

    def rehandle_limit(self, case: Case) -> TimeLimit:
        """Return the time limit of a rehandling.

        An urgent case gets at most its first time limit.
        """
        rule = self.catalogue.city.urgency_rules.get(case.urgency)
        if rule is not None and case.kind in rule.kinds:
            return rule.limit
        return self.step("rehandling")
