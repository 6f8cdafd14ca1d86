"""What one move of a case works with, and how a move is written down."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from api.catalogue.rules.errors import UnitUnknown
from api.catalogue.rules.units import Unit
from api.domain.cases.case import Case
from api.people.rules.actor import Actor
from api.services.desk import ServiceDesk
from api.store.work import Work


@dataclass(frozen=True, slots=True)
class Scene:
    """A case that is locked and may be known to the actor; `fresh` is a number for a new case."""

    desk: ServiceDesk
    work: Work
    actor: Actor
    case: Case
    now: datetime
    fresh: str | None = None

    def unit(self, code: str) -> Unit:
        """Find a unit.

        Raises:
            UnitUnknown: the catalogue has none with this code.
        """
        found = self.desk.catalogue.units.get(code)
        if found is None:
            raise UnitUnknown(unit=code)
        return found

    def leads(self, unit: Unit) -> Unit:
        """Have `unit` lead the case from now on, and its task as a helper, if any, be over."""
        if unit.code in self.case.helpers:
            self.work.together.end_task(self.case.number, unit.code, self.now, None)
        return unit

    def answer_by(self) -> datetime:
        """Until when a unit that gets the case now answers it."""
        return self.desk.answer_by(self.now, self.desk.category(self.case.category), self.case)

    def within(self, clock: str) -> datetime:
        """Until when a step that begins now is done."""
        return self.desk.within(clock, self.now, self.case.urgency)


@dataclass(frozen=True, slots=True)
class Act:
    """How a move is made: what is sent with it, and what that does to the scene's case.

    `fresh` asks for the number of a new case. What `make` is given as its second argument is an
    `order`, or None where the move takes none. Its docstring is published with the move's address.
    """

    order: type[BaseModel] | None
    make: Callable[[Scene, Any], None]
    fresh: bool = False

    @property
    def words(self) -> str:
        """The sentence that the API's document says of the move."""
        return inspect.getdoc(self.make) or ""
