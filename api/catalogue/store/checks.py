"""Check that the files of a catalogue are consistent; report each fault with its line."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from api.catalogue.rules.details import FIXED_DETAILS, DetailType
from api.catalogue.rules.territory import PlaceLevel, Territory, TerritoryPlace
from api.catalogue.rules.units import Level, Unit
from api.catalogue.store.category_files import CategoriesFile, CategoryPart, DetailsFile
from api.catalogue.store.city_file import CityFile
from api.catalogue.store.located import Located, PathTo
from api.catalogue.store.unit_files import CalendarFile, UnitRule, UnitsFile

_FIRST_SERIAL = 1001
_YEARS = range(2000, 2100)


@dataclass(frozen=True, slots=True)
class KnownNames:
    """Names that other files define; None for an unreadable file, which skips its checks."""

    details: Mapping[str, DetailType] | None
    unit_types: Mapping[str, Level] | None


def check_details(file: DetailsFile, located: Located) -> None:
    """Check that the dialogue's own slots are defined with their types."""
    for key, type_ in FIXED_DETAILS.items():
        part = file.details.get(key)
        if part is None:
            located.complain(("details",), f"no detail '{key}'", f"define it, 'type: {type_}'")
        elif part.type is not type_:
            path = ("details", key, "type")
            located.complain(path, f"'{key}' is of type {part.type}", f"'type: {type_}'")


def check_categories(file: CategoriesFile, located: Located, known: KnownNames) -> None:
    """Check codes against their parents, details and unit types; reject repeated details."""
    for key in ("unit_type", "department"):
        _unit_type(getattr(file, key), (key,), located, known)
    for code, part in file.categories.items():
        path: PathTo = ("categories", code)
        if not code.startswith(file.code):
            what = f"the category {code} does not lie under {file.code}"
            located.complain(path, what, f"'{file.code}' and two more digits")
        for key in ("unit_type", "limit"):
            if getattr(part, key) is None and getattr(file, key) is None:
                what = f"no '{key}' for {code}"
                located.complain(path, what, f"add '{key}:' here or at the head of the file")
        for key in ("unit_type", "department"):
            _unit_type(getattr(part, key), (*path, key), located, known)
        if known.details is not None:
            _details(part, path, located, known.details)


def check_units(file: UnitsFile, located: Located, territory: Territory) -> dict[str, Unit]:
    """Return all units by code, including those generated from the territory."""
    levels = {key: part.level for key, part in file.types.items()}
    units: dict[str, Unit] = {}
    for code, part in file.units.items():
        path: PathTo = ("units", code)
        level = levels.get(part.type)
        if level is None:
            what = f"unknown unit type '{part.type}'"
            located.complain((*path, "type"), what, f"one of: {', '.join(levels)}")
            continue
        if level is not Level.CITY and not part.covers:
            what = f"{code} is of level {level} but covers nothing"
            located.complain(path, what, "'covers:' with the territory codes it answers for")
        for place in part.covers:
            if territory.get(place) is None:
                what = f"{code} covers {place}, which the territory does not have"
                located.complain((*path, "covers"), what, "a code from territory/*.csv")
        units[code] = Unit(
            code=code,
            type=part.type,
            names=part.names.text(),
            level=level,
            covers=tuple(part.covers),
            phone=part.phone or part.example_phone,
            phone_is_example=part.example_phone is not None,
        )
    _units_by_rule(file, located, territory, units)
    for key, type_ in file.types.items():
        _check_fallback(key, type_.falls_back_to, file, located)
        if not any(unit.type == key for unit in units.values()):
            what = f"no unit is of type '{key}'"
            located.complain(("types", key), what, "a unit of this type, or remove the type")
    return units


def _check_fallback(key: str, next_: str | None, file: UnitsFile, located: Located) -> None:
    seen, path = {key}, ("types", key, "falls_back_to")
    while next_ is not None:
        if next_ not in file.types:
            located.complain(path, f"unknown unit type '{next_}'", "a key under 'types'")
            return
        if next_ in seen:
            located.complain(path, f"'{key}' falls back in a circle", "remove one falls_back_to")
            return
        seen.add(next_)
        next_ = file.types[next_].falls_back_to


def check_calendar(file: CalendarFile, located: Located) -> None:
    """Check that no day is both off and worked or implausible, and that hours are in order."""
    for part in ("days_off", "working_days"):
        for day in getattr(file, part):
            if day.year not in _YEARS:
                what = f"{day} lies in no year that a case is counted in"
                located.complain((part, day.isoformat()), what, "a date like 2026-05-04")
    for day in sorted(file.days_off.keys() & file.working_days.keys()):
        path = ("working_days", day.isoformat())
        located.complain(path, f"{day} is also under days_off", "keep one of the two")
    for index, (earlier, later) in enumerate(zip(file.hours, file.hours[1:], strict=False)):
        if later[0] < earlier[1]:
            path_: PathTo = ("hours", index + 1)
            located.complain(path_, "hours that overlap or run backwards", "in order of the day")


def check_codes(files: Iterable[tuple[CategoriesFile, Located]]) -> None:
    """Check that files have different first-level codes, and so different second-level ones."""
    seen: dict[str, str] = {}
    for file, located in files:
        if (other := seen.setdefault(file.code, located.file)) != located.file:
            what = f"the first-level code {file.code} is also that of {other}"
            located.complain(("code",), what, "a two-digit code of its own")


def check_treatment(city: CityFile, located: Located, files: Iterable[CategoriesFile]) -> None:
    """Check that the survey names existing categories."""
    known = {code for file in files for code in file.categories}
    for index, code in enumerate(city.survey.treatment.categories):
        if code not in known:
            what = f"no category has the code '{code}'"
            path = ("survey", "treatment", "categories", index)
            located.complain(path, what, "a second-level code of categories/*.yml")


def _unit_type(value: str | None, path: PathTo, located: Located, known: KnownNames) -> None:
    if value is not None and known.unit_types is not None and value not in known.unit_types:
        what = f"unknown unit type '{value}'"
        located.complain(path, what, "a key under 'types' in units.yml")


def _details(
    part: CategoryPart, path: PathTo, located: Located, known: Mapping[str, DetailType]
) -> None:
    for key in ("required", "optional"):
        for index, detail in enumerate(getattr(part, key)):
            if detail not in known:
                what = f"the detail '{detail}' has no definition"
                located.complain((*path, key, index), what, "a key of details.yml, or add it there")
    for detail in sorted({*part.required} & {*part.optional}):
        what = f"'{detail}' is both required and optional"
        located.complain((*path, "optional"), what, "name it once")
    if part.raises is not None:
        where = (*path, "raises", "detail")
        if known.get(part.raises.detail) is not DetailType.NUMBER:
            what = f"'{part.raises.detail}' is not a detail of type number"
            located.complain(where, what, "a detail that is counted")
        elif part.raises.detail not in (*part.required, *part.optional):
            what = f"'{part.raises.detail}' is not asked in this category"
            located.complain(where, what, "add it to 'required' or 'optional'")


def _units_by_rule(
    file: UnitsFile, located: Located, territory: Territory, units: dict[str, Unit]
) -> None:
    serial = _FIRST_SERIAL
    served = {(unit.type, place) for unit in units.values() for place in unit.covers}
    for index, rule in enumerate(file.for_each_place):
        path: PathTo = ("for_each_place", index)
        part = file.types.get(rule.type)
        if part is None or part.level is not rule.level:
            what = f"'{rule.type}' is no unit type of level {rule.level}"
            located.complain((*path, "type"), what, "a key under 'types' with the same level")
            continue
        matched = False
        for place in territory.at_level(PlaceLevel(rule.level.value)):
            if (rule.type, place.code) in served or not place.zh.endswith(tuple(rule.ends_with)):
                continue
            matched = True
            unit = _unit(rule, place, serial)
            serial += 1
            served.add((rule.type, place.code))
            if unit.code in units:
                what = f"{unit.code} is already the code of another unit"
                located.complain((*path, "code"), what, "another pattern around {code}")
            units[unit.code] = unit
        if not matched:
            what = "no place is left whose name ends so"
            located.complain((*path, "ends_with"), what, "the endings of names in territory/*.csv")


def _unit(rule: UnitRule, place: TerritoryPlace, serial: int) -> Unit:
    names = rule.names.text()
    return Unit(
        code=rule.code.replace("{code}", place.code),
        type=rule.type,
        names=type(names)(names.zh.replace("{zh}", place.zh), names.en.replace("{en}", place.en)),
        level=rule.level,
        covers=(place.code,),
        phone=rule.example_phone.replace("{serial}", str(serial)),
        phone_is_example=True,
    )
