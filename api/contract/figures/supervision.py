"""Supervision as it goes over the wire: the steps taken, units' records, circulars."""

from datetime import date, datetime
from typing import Literal

from api.contract.cases.case import CategoryRef, ClockName, UnitOut
from api.contract.wire import Reason, ResponseModel

StepName = Literal["warn", "urge", "supervise", "report"]
CircularOf = Literal["exemplary", "poor"]


class EscalationOut(ResponseModel):
    """One step taken about a case (预警, 催办, 督办, 上报).

    By a clock, then `clock` says which and `due_at` its deadline; or by somebody's own hand, `by`
    being their role. `unit` is whose it was; without one, the hotline's.
    """

    number: str
    step: StepName
    by: str
    at: datetime
    unit: UnitOut | None = None
    clock: ClockName | None = None
    due_at: datetime | None = None


class Escalations(ResponseModel):
    """The inbox: steps, newest first; `next` is the cursor of the page after."""

    items: tuple[EscalationOut, ...]
    next: str | None = None


class UnitRecord(ResponseModel):
    """The record of one unit in a period.

    `clocks` counts its clocks whose deadline lay in the period, `overdue` those of them that it
    missed; the others count steps taken about its cases.
    """

    unit: UnitOut
    clocks: int
    overdue: int
    warned: int
    urged: int
    supervised: int
    reported: int


class UnitRecords(ResponseModel):
    """The records of all units that have one, the most overdue first."""

    since: date
    until: date
    items: tuple[UnitRecord, ...]


class CircularCase(ResponseModel):
    """A case on a circular, with what put it there. It holds nothing of the citizen's."""

    number: str
    unit: UnitOut
    category: CategoryRef
    weight: int
    reasons: tuple[Reason, ...]


class Circular(ResponseModel):
    """Exemplary or poor cases of those that came in a period, the strongest first."""

    of: CircularOf
    since: date
    until: date
    items: tuple[CircularCase, ...]
