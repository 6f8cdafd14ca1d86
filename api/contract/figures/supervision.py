"""Wire models of supervision: escalation steps, units' records, circulars."""

from datetime import date, datetime
from typing import Literal

from api.contract.cases.case import CategoryRef, ClockName, UnitOut
from api.contract.wire import Reason, ResponseModel

StepName = Literal["warn", "urge", "supervise", "report"]
CircularOf = Literal["exemplary", "poor"]


class EscalationOut(ResponseModel):
    """One escalation step of a case (预警, 催办, 督办, 上报).

    A clock made it (`clock` is its kind, `due_at` its deadline), or a person, whose role is `by`.
    `unit` is the responsible unit; without one it is the hotline.
    """

    number: str
    step: StepName
    by: str
    at: datetime
    unit: UnitOut | None = None
    clock: ClockName | None = None
    due_at: datetime | None = None


class Escalations(ResponseModel):
    """A page of steps, newest first; `next` is the cursor of the next page."""

    items: tuple[EscalationOut, ...]
    next: str | None = None


class UnitRecord(ResponseModel):
    """The record of one unit in a period.

    `clocks` counts its clocks with a deadline in the period, `overdue` the missed ones of them; the
    others count steps on its cases.
    """

    unit: UnitOut
    clocks: int
    overdue: int
    warned: int
    urged: int
    supervised: int
    reported: int


class UnitRecords(ResponseModel):
    """The records of all units with a record, the most overdue first."""

    since: date
    until: date
    items: tuple[UnitRecord, ...]


class CircularCase(ResponseModel):
    """A case in a circular, with its reasons. It has no personal data."""

    number: str
    unit: UnitOut
    category: CategoryRef
    weight: int
    reasons: tuple[Reason, ...]


class Circular(ResponseModel):
    """Exemplary or poor cases among those opened in a period, the strongest first."""

    of: CircularOf
    since: date
    until: date
    items: tuple[CircularCase, ...]
