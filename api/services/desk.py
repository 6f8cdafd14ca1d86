"""What every use case works with: the city's catalogue and rules, keys, clock and ids."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from api.domain.attachment import AttachmentRule
from api.domain.case import Case, UrgeRule
from api.domain.catalogue import Catalogue, Category, DetailType, Limit, LimitUnit
from api.domain.clocks import WorkingCalendar, due
from api.domain.errors import CategoryUnknown
from api.store.work import Work
from kernel.clock import Clock
from kernel.crypto import Keyring
from kernel.ids import Ids
from kernel.transaction import Transaction

_ACCEPT = Limit(1, LimitUnit.HOURS)


def nobody_listens(_topic: str) -> None:
    """Stand in for a bell where nobody watches."""


@dataclass(frozen=True, repr=False)
class Desk:
    """The service desk of one city.

    `sure` is the least confidence of a category on which a case is dispatched without a clerk.
    `ring` wakes those who watch a topic: quick, from any thread, and never failing.
    """

    catalogue: Catalogue
    keyring: Keyring
    clock: Clock
    ids: Ids
    urge_rule: UrgeRule = field(default_factory=UrgeRule)
    attachment_rule: AttachmentRule = field(default_factory=AttachmentRule)
    sure: float = 0.6
    ring: Callable[[str], None] = nobody_listens
    calendar: WorkingCalendar = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "calendar", WorkingCalendar(self.catalogue.calendar))

    def work(self, tx: Transaction) -> Work:
        """Begin a unit of work in a transaction."""
        return Work(tx, self.keyring, self.ids)

    def category(self, code: str) -> Category:
        """Find a category.

        Raises:
            CategoryUnknown: the catalogue has none with this code.
        """
        found = self.catalogue.categories.get(code)
        if found is None:
            raise CategoryUnknown(category=code)
        return found

    def photos(self) -> frozenset[str]:
        """The keys of details that a file answers."""
        return frozenset(
            key for key, one in self.catalogue.details.items() if one.type is DetailType.PHOTO
        )

    def clerk_by(self, start: datetime) -> datetime:
        """Until when a clerk looks at a case that arrived at `start`."""
        return due(start, self.catalogue.city.clocks.get("accept", _ACCEPT), self.calendar)

    def answer_by(self, start: datetime, category: Category, case: Case) -> datetime:
        """Until when a unit that is given `case` at `start` answers it."""
        limit = self.catalogue.limit_of(category, case.kind, case.urgency)
        return due(start, limit, self.calendar)
