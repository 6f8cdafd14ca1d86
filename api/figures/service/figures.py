"""Read rates and figures: of the whole city for leaders, of its own cases for a unit."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from api.catalogue.rules.catalogue import Catalogue
from api.catalogue.rules.categories import (
    CaseCategory,
    FirstLevelCategory,
    RequestKind,
)
from api.catalogue.rules.territory import PlaceLevel
from api.catalogue.rules.units import Unit
from api.catalogue.service import names
from api.contract.figures.figures import CaseFigures, DutyFigures, FiguresRow, RateOut, RatesOut
from api.contract.wire import Names
from api.figures.rules import Figures, Grouping, Period, Tally, figures, together
from api.figures.store import CaseScope, tally
from api.live.service.sessions import figures_between
from api.people.rules.actor import Actor, Role
from api.people.rules.permissions import Action, authorize
from api.services.cases.searching import categories_of
from api.services.desk import ServiceDesk
from kernel.database.transaction import Transaction


@dataclass(frozen=True, slots=True)
class FiguresQuery:
    """The requested figures: period, grouping, and filter of cases.

    `category` is a code of either level, `place` the code of a street or district.
    """

    period: Period
    by: Grouping = Grouping.UNIT
    unit: str | None = None
    category: str | None = None
    place: str | None = None
    kind: RequestKind | None = None


def read_figures(
    tx: Transaction, desk: ServiceDesk, actor: Actor, asked: FiguresQuery
) -> CaseFigures:
    """Count cases opened in a period, and those of a year earlier, with four queries.

    Raises:
        Forbidden: the actor may not see them. A unit sees its own cases for any requested unit.
        PeriodInvalid: the period is invalid or too long.
    """
    authorize(actor, Action.READ_FIGURES)
    unit = actor.unit if actor.role is Role.UNIT else asked.unit
    period, now = asked.period.checked(), desk.clock.now()
    among = _among(desk.catalogue, asked, unit)
    tallies = _grouped(tally(tx, period, among, asked.by, now), asked.by)
    earlier = period.year_before
    before = _grouped(tally(tx, earlier, among, asked.by, now), asked.by, years=1)

    def row(key: str | None, now_: Tally, then: Tally) -> FiguresRow:
        made = figures(now_, then, desk.catalogue.city.rates, desk.calendar.day)
        return _row(key, _names(desk.catalogue, asked.by, key), made)

    nothing = Tally()
    rows = [
        row(key, tallies.get(key, nothing), before.get(key, nothing))
        for key in tallies.keys() | before.keys()
    ]
    return CaseFigures.model_validate(
        {
            "since": period.since,
            "until": period.until,
            "before_since": earlier.since,
            "before_until": earlier.until,
            "by": asked.by.value,
            "total": row(None, together(tallies.values()), together(before.values())),
            "rows": tuple(sorted(rows, key=lambda row: _order(asked.by, row))),
            "duty": None if actor.role is Role.UNIT else _duty(tx, desk, period),
        }
    )


def _duty(tx: Transaction, desk: ServiceDesk, period: Period) -> DutyFigures:
    sessions, counted = figures_between(tx, desk, *period.moments)
    return DutyFigures(
        sessions=sessions,
        questions=counted.questions,
        solved=counted.solved,
        rate=None if counted.rate is None else round(counted.rate, 4),
    )


def _among(catalogue: Catalogue, asked: FiguresQuery, unit: str | None) -> CaseScope:
    code, place = asked.category, asked.place
    categories = categories_of(catalogue, code) if code else frozenset[str]()
    streets: frozenset[str] = frozenset()
    districts: frozenset[str] = frozenset()
    if place is not None:
        known = catalogue.territory.get(place)
        if known is not None and known.level is PlaceLevel.DISTRICT:
            districts = frozenset({place})
            streets = frozenset(child.code for child in catalogue.territory.children(place))
        else:
            streets = frozenset({place})
    kinds = frozenset({asked.kind} if asked.kind else ())
    return CaseScope(unit, categories, streets, districts, kinds)


def _grouped(
    tallies: Mapping[str | date | None, Tally], by: Grouping, years: int = 0
) -> dict[str | None, Tally]:
    """Add tallies of one group; days of an earlier year count as those of this year."""
    grouped: dict[str | None, Tally] = {}
    for found, counted in tallies.items():
        key: str | None
        if isinstance(found, date):
            month = f"{found.year + years}-{found.month:02}"
            key = month if by is Grouping.MONTH else f"{month}-{found.day:02}"
        else:
            key = found[:2] if by is Grouping.FIRST_LEVEL and found else found
        grouped[key] = grouped[key] + counted if key in grouped else counted
    return grouped


def _order(by: Grouping, row: FiguresRow) -> tuple[object, ...]:
    key = row.key or ""
    return (key,) if by in {Grouping.DAY, Grouping.MONTH} else (-row.cases, -row.cases_before, key)


def _names(catalogue: Catalogue, by: Grouping, key: str | None) -> Names | None:
    if key is None:
        return None
    if by in {Grouping.DISTRICT, Grouping.STREET}:
        place = catalogue.territory.get(key)
        return Names(zh=place.zh, en=place.en) if place is not None else None
    found: Unit | CaseCategory | FirstLevelCategory | None = None
    match by:
        case Grouping.UNIT:
            found = catalogue.units.get(key)
        case Grouping.CATEGORY:
            found = catalogue.categories.get(key)
        case Grouping.FIRST_LEVEL:
            found = catalogue.first_level.get(key)
    return names(found.names) if found is not None else None


def _row(key: str | None, names: Names | None, made: Figures) -> FiguresRow:
    return FiguresRow.model_construct(
        None,
        key=key,
        names=names,
        cases=made.cases,
        rates=RatesOut.model_construct(
            None,
            **{
                name.value: RateOut(
                    numerator=float(rate.numerator),
                    denominator=rate.denominator,
                    rate=None if rate.value is None else float(rate.value),
                )
                for name, rate in made.rates.items()
            },
        ),
        answered=made.answered,
        average_days=None if made.average_days is None else float(made.average_days),
        fastest_days=None if made.fastest_days is None else float(made.fastest_days),
        fastest_minutes=made.fastest_minutes,
        cases_before=made.cases_before,
        change=None if made.change is None else float(made.change),
    )
