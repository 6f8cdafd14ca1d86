"""Wire models of rates and figures of cases."""

from datetime import date
from typing import Literal

from api.contract.wire import Names, ResponseModel

FiguresBy = Literal["unit", "category", "first_level", "district", "street", "day", "month"]


class RateOut(ResponseModel):
    """A rate: `numerator` may have halves, `rate` is 0 to 1, or null for an empty denominator."""

    numerator: float
    denominator: int
    rate: float | None = None


class RatesOut(ResponseModel):
    """Response (响应率), solved (解决率), satisfied (满意率), returned (退单率), overdue (超期率).

    The formulas are the city's settings.
    """

    response: RateOut
    solved: RateOut
    satisfied: RateOut
    returned: RateOut
    overdue: RateOut


class FiguresRow(ResponseModel):
    """The figures of the cases of one unit, category, place or time.

    `key` is its code, a day as `2026-03-02`, or a month as `2026-03`; null if the cases have none
    (no unit yet). `names` is missing for times and for removed codes. `average_days` and
    `fastest_days` are working days from the opening to the answer of `answered` cases;
    `fastest_minutes` are minutes of real time. `change` is the relative change against
    `cases_before`, those of the same days a year earlier: -0.1011 means 10.11 % less.
    """

    key: str | None = None
    names: Names | None = None
    cases: int
    rates: RatesOut
    answered: int
    average_days: float | None = None
    fastest_days: float | None = None
    fastest_minutes: int | None = None
    cases_before: int
    change: float | None = None


class DutyFigures(ResponseModel):
    """Leaders on duty (领导带班) in the same days: sessions, questions, and those solved online."""

    sessions: int
    questions: int
    solved: int
    rate: float | None = None


class CaseFigures(ResponseModel):
    """Figures of the cases opened from `since` to `until`, both included, in Asia/Shanghai.

    `before_since` and `before_until` are the compared days a year earlier. `duty` is only for
    readers of the whole city's figures.
    """

    since: date
    until: date
    before_since: date
    before_until: date
    by: FiguresBy
    total: FiguresRow
    rows: tuple[FiguresRow, ...]
    duty: DutyFigures | None = None
