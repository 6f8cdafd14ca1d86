"""Read territory/*.csv: a city's places, one row each, editable in a spreadsheet.

The format is CSV because there are thousands of rows; `#` starts a comment. The length of a code
gives its level, as in the national scheme: 6 characters for a district, 9 for a street or town, 12
for a community. Each begins with its parent's code.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from api.catalogue.rules.territory import PlaceLevel, Territory, TerritoryPlace
from api.catalogue.store.located import CatalogueProblem
from api.catalogue.store.unit_files import ShortNames

_COLUMNS = ("code", "zh", "en", "aliases", "overlays")
_LEVELS = {6: PlaceLevel.DISTRICT, 9: PlaceLevel.STREET, 12: PlaceLevel.COMMUNITY}
_CODE = re.compile(r"[0-9A-Z]+")
_SHORTEST = 2  # a one-character short name ("东" of 东镇) would match in every other sentence


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the file, its line, and the columns by name."""

    file: str
    line: int
    cells: dict[str, str]

    def get(self, column: str) -> str:
        """Return the cell; "" if the file has no such column or the row is shorter."""
        return self.cells.get(column, "")

    def parts(self, column: str) -> tuple[str, ...]:
        """Return a cell's entries, separated by `|`."""
        return tuple(part.strip() for part in self.get(column).split("|") if part.strip())


def read_territory(
    folder: Path, endings: ShortNames, problems: list[CatalogueProblem]
) -> tuple[Territory, dict[str, Row]]:
    """Return the city's territory, and the row of each code for later problems.

    Rows with a problem are added to `problems` and left out.
    """
    rows: dict[str, Row] = {}
    for path in sorted(folder.glob("territory/*.csv")):
        for row in _rows(path, f"territory/{path.name}", problems):
            code = row.get("code")
            if earlier := rows.get(code):
                what = f"the code {code} is also in {earlier.file}:{earlier.line}"
                problems.append(
                    CatalogueProblem(row.file, row.line, what, "give each place its own code")
                )
            elif (wrong := _shape(row)) is not None:
                problems.append(CatalogueProblem(row.file, row.line, *wrong))
            else:
                rows[code] = row
    places = {code: _place(row, endings) for code, row in rows.items()}
    problems += _dangling(places, rows)
    return Territory(places), rows


def _rows(path: Path, file: str, problems: list[CatalogueProblem]) -> Iterator[Row]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        what = f"not UTF-8 at byte {error.start}"
        problems.append(CatalogueProblem(file, 1, what, "save as CSV UTF-8"))
        return
    header: list[str] | None = None
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = [cell.strip() for cell in next(csv.reader([line]))]
        if header is None:
            header = cells
            if unknown := sorted(set(cells) - set(_COLUMNS)):
                what = f"unknown column '{unknown[0]}'"
                problems.append(
                    CatalogueProblem(file, number, what, f"columns: {', '.join(_COLUMNS)}")
                )
            if missing := {"code", "zh"} - set(cells):
                what = f"no column '{min(missing)}'"
                problems.append(
                    CatalogueProblem(file, number, what, "begin with 'code,zh,en,aliases'")
                )
                return
        elif len(cells) > len(header):
            what = f"{len(cells)} cells under {len(header)} columns"
            problems.append(
                CatalogueProblem(file, number, what, "put | between aliases, not a comma")
            )
        else:
            yield Row(file, number, dict(zip(header, cells, strict=False)))


def _shape(row: Row) -> tuple[str, str] | None:
    code = row.get("code")
    if len(code) not in _LEVELS or not _CODE.fullmatch(code):
        return (
            f"'{code}' is not a territory code",
            "6 (district), 9 (street) or 12 (community) digits or capital letters",
        )
    if not row.get("zh"):
        return (f"{code} has no Chinese name", "fill the column zh")
    if _LEVELS[len(code)] is not PlaceLevel.COMMUNITY and not row.get("en"):
        return (f"{code} {row.get('zh')} has no English name", "fill the column en")
    return None


def _place(row: Row, endings: ShortNames) -> TerritoryPlace:
    code, zh = row.get("code"), row.get("zh")
    level = _LEVELS[len(code)]
    dropped: list[str] = getattr(endings, level.value)
    short = [_shortened(name, dropped) for name in (zh, row.get("en"))]
    return TerritoryPlace(
        code=code,
        level=level,
        parent=None if level is PlaceLevel.DISTRICT else code[:-3],
        zh=zh,
        en=row.get("en") or zh,
        aliases=row.parts("aliases"),
        short=tuple(dict.fromkeys(filter(None, short))),
        overlays=row.parts("overlays"),
    )


def _shortened(name: str, endings: list[str]) -> str | None:
    """Return the name without its longest ending (江北新区 becomes 江北, not 江北新)."""
    ending = max((e for e in endings if name.endswith(e)), key=len, default="")
    short = name.removesuffix(ending)
    return short if ending and len(short) >= _SHORTEST else None


def _dangling(
    places: dict[str, TerritoryPlace], rows: dict[str, Row]
) -> Iterator[CatalogueProblem]:
    for code, place in places.items():
        row = rows[code]
        if place.parent is not None and place.parent not in places:
            yield CatalogueProblem(
                row.file,
                row.line,
                f"{code} {place.zh} lies in {place.parent}, which no file has",
                f"add a row {place.parent}, or correct the code",
            )
        for street in place.overlays:
            if street not in places or places[street].level is not PlaceLevel.STREET:
                yield CatalogueProblem(
                    row.file,
                    row.line,
                    f"{place.zh} overlays {street}, which is no street of the city",
                    "the 9-character code of a street that another file lists",
                )
