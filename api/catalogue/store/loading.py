"""Load a city's catalogue from a folder of files, or list all its faults.

All files are read before the check, so that a city that writes its own catalogue sees all faults at
once, each with file and line. docs/catalogue.md describes the files.
"""

import hashlib
from pathlib import Path
from typing import TypeVar

from api.catalogue.rules.calendar import CalendarOverrides
from api.catalogue.rules.catalogue import Catalogue
from api.catalogue.rules.categories import CaseCategory, FirstLevelCategory, RequestKind, Urgency
from api.catalogue.rules.city import City, UrgencyRule
from api.catalogue.store import checks
from api.catalogue.store.category_files import CategoriesFile, DetailsFile, ExclusionsFile
from api.catalogue.store.city_file import CityFile
from api.catalogue.store.located import CatalogueProblem, Located
from api.catalogue.store.official_days import official_days
from api.catalogue.store.part import FilePart
from api.catalogue.store.telling import parse
from api.catalogue.store.territory import read_territory
from api.catalogue.store.unit_files import CalendarFile, ShortNames, TerritoryFile, UnitsFile

FileT = TypeVar("FileT", bound=FilePart)


class CatalogueInvalid(Exception):  # noqa: N818 - named for what it says of the catalogue
    """The folder is not a valid catalogue; `problems` has all faults, by file and line."""

    def __init__(self, folder: Path, problems: tuple[CatalogueProblem, ...]) -> None:
        self.folder = folder
        self.problems = problems
        lines = "\n".join(f"  {problem}" for problem in problems)
        super().__init__(f"{len(problems)} problem(s) in the catalogue {folder}:\n{lines}")


def shipped_catalogue() -> Path:
    """Return the folder of the shipped catalogue: Nanjing's."""
    return Path(__file__).resolve().parents[1] / "nanjing"


def load_catalogue(folder: Path) -> Catalogue:
    """Load the catalogue in `folder`. Raises `CatalogueInvalid` with all problems."""
    return _Reading(folder).catalogue()


def content_version(folder: Path) -> str:
    """Return 16 hex digits that change with any byte of the folder's YAML and CSV files."""
    digest = hashlib.sha256()
    for path in sorted((*folder.rglob("*.yml"), *folder.rglob("*.csv"))):
        digest.update(f"{path.relative_to(folder).as_posix()}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


class _Reading:
    """One pass over a folder: the files parsed so far, and their problems."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.located: list[Located] = []
        self.problems: list[CatalogueProblem] = []

    def catalogue(self) -> Catalogue:
        if not self.folder.is_dir():
            problem = CatalogueProblem(
                str(self.folder), 1, "no such folder", "the path of a catalogue"
            )
            raise CatalogueInvalid(self.folder, (problem,))
        city, city_at = self._parse(CityFile, "city.yml")
        details, details_at = self._parse(DetailsFile, "details.yml")
        exclusions = self._parse(ExclusionsFile, "exclusions.yml")[0]
        units_file, units_at = self._parse(UnitsFile, "units.yml")
        calendar, calendar_at = self._parse(CalendarFile, "calendar.yml")
        territory_file = self._parse(TerritoryFile, "territory.yml")[0]
        endings = territory_file.endings if territory_file else ShortNames()
        territory, _ = read_territory(self.folder, endings, self.problems)
        if not territory.districts:
            self.problems.append(
                CatalogueProblem(
                    "territory", 1, "no district", "territory/*.csv with the city's places"
                )
            )
        known = checks.KnownNames(
            {key: part.type for key, part in details.details.items()} if details else None,
            {key: part.level for key, part in units_file.types.items()} if units_file else None,
        )
        if details:
            checks.check_details(details, details_at)
        categories = self._categories(known)
        if city and categories:
            checks.check_treatment(city, city_at, categories)
        units = checks.check_units(units_file, units_at, territory) if units_file else {}
        if calendar:
            checks.check_calendar(calendar, calendar_at)
        problems = self._problems()
        if (
            problems
            or city is None
            or details is None
            or exclusions is None
            or units_file is None
            or calendar is None
        ):  # the problem of a None file is already noted
            raise CatalogueInvalid(self.folder, problems)
        return Catalogue(
            version=content_version(self.folder),
            city=_city(city),
            details={key: part.definition(key) for key, part in details.details.items()},
            first_level={
                file.code: FirstLevelCategory(file.code, file.names.text()) for file in categories
            },
            categories={
                category.code: category for file in categories for category in _expanded(file)
            },
            exclusions={k: part.exclusion(k) for k, part in exclusions.exclusions.items()},
            unit_types={k: part.unit_type(k) for k, part in units_file.types.items()},
            units=units,
            calendar=CalendarOverrides(
                calendar.days_off, calendar.working_days, tuple(calendar.hours)
            ),
            official_days=official_days,
            territory=territory,
        )

    def _parse(self, model: type[FileT], name: str) -> tuple[FileT | None, Located]:
        located = Located.read(self.folder / name, name)
        self.located.append(located)
        return parse(model, located), located

    def _categories(self, known: checks.KnownNames) -> list[CategoriesFile]:
        read: list[tuple[CategoriesFile, Located]] = []
        for path in sorted(self.folder.glob("categories/*.yml")):
            file, located = self._parse(CategoriesFile, f"categories/{path.name}")
            if file is not None:
                checks.check_categories(file, located, known)
                read.append((file, located))
        if not read:
            what = "no file that could be read"
            self.problems.append(
                CatalogueProblem("categories", 1, what, "categories/01-something.yml")
            )
        checks.check_codes(read)
        return [file for file, _ in read]

    def _problems(self) -> tuple[CatalogueProblem, ...]:
        found = [*self.problems, *(p for located in self.located for p in located.problems)]
        return tuple(sorted(found, key=lambda problem: (problem.file, problem.line)))


def _city(file: CityFile) -> City:
    return City(
        code=file.code,
        names=file.names.text(),
        hotline_names=file.hotline.names.text(),
        hotline_number=file.hotline.number,
        kind_limits={kind: getattr(file.limits, kind.value) for kind in RequestKind},
        urgency_rules={
            urgency: UrgencyRule(part.limit, frozenset(part.kinds))
            for urgency, part in (
                (Urgency.URGENT, file.urgency.urgent),
                (Urgency.EXTREME, file.urgency.extreme),
            )
        },
        clocks={name: getattr(file.clocks, name) for name in type(file.clocks).model_fields},
        survey=file.survey.rule(valid=file.clocks.survey_valid),
        rates=file.rates.formulas(),
        review=file.review.rule(),
        circular=file.circular.rule(),
        reminders=file.reminders,
        warn_percent=file.escalation.warn_percent,
        goes_to={str(kind): str(last) for kind, last in file.escalation.up_to.items()},
    )


def _expanded(file: CategoriesFile) -> list[CaseCategory]:
    categories = []
    for code, part in file.categories.items():
        unit_type, limit = part.unit_type or file.unit_type, part.limit or file.limit
        if unit_type is None or limit is None:
            continue  # already reported by `check_categories`
        categories.append(
            CaseCategory(
                code=code,
                parent=file.code,
                names=part.names.text(),
                words=part.words.texts(),
                required=tuple(part.required),
                optional=tuple(part.optional),
                unit_type=unit_type,
                department=part.department or file.department,
                limit=limit,
                urgency=part.urgency,
                hint=part.hint.text(),
                raises=part.raises.rule() if part.raises else None,
                evidence=part.evidence,
            )
        )
    return categories
