"""Define the context of a move, and the entry of a move in `ACTS`."""

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
from api.store.work import UnitOfWork


@dataclass(frozen=True, slots=True)
class LockedCase:
    """A locked case that the actor may read; `fresh` is a number for a new case."""

    desk: ServiceDesk
    work: UnitOfWork
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
        """Make `unit` the lead of the case, and end its helper's task, if any."""
        if unit.code in self.case.helpers:
            self.work.together.end_task(self.case.number, unit.code, self.now, None)
        return unit

    def answer_by(self) -> datetime:
        """Return the deadline of a unit that receives the case now."""
        return self.desk.answer_by(self.now, self.desk.category(self.case.category), self.case)

    def within(self, clock: str) -> datetime:
        """Return the deadline of a step that begins now."""
        return self.desk.within(clock, self.now, self.case.urgency)


@dataclass(frozen=True, slots=True)
class MoveHandler:
    """A move's request model, and the function that makes it.

    `fresh` requests the number of a new case. The second argument of `make` is an `order`, or None
    if the move has no request. Its docstring is published with the move's route.
    """

    order: type[BaseModel] | None
    make: Callable[[LockedCase, Any], None]
    fresh: bool = False

    @property
    def words(self) -> str:
        """The move's sentence in the API documentation."""
        return inspect.getdoc(self.make) or ""
