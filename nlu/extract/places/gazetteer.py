"""Find the names of a city's districts, streets and communities in a text."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = "gazetteer.json"
LEVELS = ("district", "street", "community")


@dataclass(frozen=True, slots=True)
class Area:
    """A district, street or community of the territory; `parent` is the code one level up.

    `overlays` are streets that a district manages although they lie in other districts.
    """

    code: str
    name: str
    level: str
    parent: str | None
    aliases: tuple[str, ...] = ()
    overlays: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """An area's name in a text.

    `full` is true for the official name, false for an alias or a name without suffix. `areas` has
    all areas that share the name.
    """

    areas: tuple[Area, ...]
    start: int
    end: int
    full: bool


_SUFFIXES = {
    "district": ("新区", "区", "县", "市"),
    "street": ("街道", "镇", "乡"),
    "community": ("社区居委会", "居委会", "村委会", "社区"),
}
# Names that are everyday words without their suffix: only the full name counts as the area.
_EVERYDAY = frozenset(
    {
        "大厂",
        "泰山",
        "东山",
        "沿江",
        "顶山",
        "江北",
        "长江",
        "中心",
        "新街",
        "红花",
        "马群",
        "中华",
        "和平",
        "幸福",
        "朝阳",
        "建设",
        "新城",
        "城区",
        "东方",
        "南方",
        "北方",
        "大桥",
        "机场",
        "工业",
        "开发",
    }
)


class Gazetteer:
    """Finds names by their first two characters, longest first; its time is linear in the text."""

    def __init__(self, areas: Iterable[Area]) -> None:
        self._areas = {area.code: area for area in areas}
        self._managers: defaultdict[str, list[str]] = defaultdict(list)
        for area in self._areas.values():
            for street in area.overlays:
                self._managers[street].append(area.code)
        names: dict[str, tuple[bool, list[Area]]] = {}
        for area in self._areas.values():
            for name, full in _names(area):
                known_full, known = names.get(name, (False, []))
                if full and not known_full:
                    # An area's official name has priority over another's short name.
                    names[name] = (True, [area])
                elif full == known_full and area not in known:
                    names[name] = (full, [*known, area])
        starts: defaultdict[str, list[tuple[str, bool, tuple[Area, ...]]]] = defaultdict(list)
        for name, (full, known) in names.items():
            # 江宁 means the district, although a street in it has the same name.
            widest = min(LEVELS.index(area.level) for area in known)
            meant = tuple(area for area in known if area.level == LEVELS[widest])
            starts[name[:2]].append((name, full, meant))
        self._starts = {
            start: sorted(found, key=lambda name: -len(name[0])) for start, found in starts.items()
        }

    def __len__(self) -> int:
        return len(self._areas)

    def areas(self) -> Iterable[Area]:
        """Return all areas: districts, streets and communities."""
        return self._areas.values()

    def name_of(self, code: str) -> str | None:
        """Return the name of the area with this code, if there is one."""
        area = self._areas.get(code)
        return area.name if area else None

    def find(self, text: str) -> Iterator[Hit]:
        """Yield names in a normalised text from left to right, at each place the longest."""
        get = self._starts.get
        free = 0
        for at in range(len(text) - 1):
            if at < free:
                continue
            for name, full, areas in get(text[at : at + 2], ()):
                if text.startswith(name, at) and _stands_alone(text, at, at + len(name)):
                    free = at + len(name)
                    yield Hit(areas, at, free, full)
                    break

    def around(self, area: Area) -> set[str]:
        """Return the codes of `area`, its parents, and the districts that manage its street."""
        line = {up.code for up in self.line(area)}
        return line.union(*(self._managers.get(code, ()) for code in line))

    def line(self, area: Area) -> Iterator[Area]:
        """Yield `area` and its parents, innermost first."""
        current: Area | None = area
        while current is not None:
            yield current
            current = self._areas.get(current.parent) if current.parent else None


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Return whether a Latin name is not part of a longer word; Chinese has no word borders."""
    if not text[start].isascii():
        return True
    around = text[max(0, start - 1) : start] + text[end : end + 1]
    return not any(character.isascii() and character.isalnum() for character in around)


def _names(area: Area) -> Iterator[tuple[str, bool]]:
    name = area.name.lower()
    yield name, True
    for alias in area.aliases:
        if len(alias) > 1:
            yield alias.lower(), True
    if area.level == "community" and name.endswith("社区"):
        yield name + "居委会", True
    for suffix in _SUFFIXES.get(area.level, ()):
        short = name.removesuffix(suffix)
        if short != name:
            # A community's name without suffix is too often an estate, a shop, or a word.
            if len(short) > 1 and short not in _EVERYDAY and area.level != "community":
                yield short, False
            return


def read_gazetteer(folder: Path) -> Gazetteer:
    """Read the gazetteer of a model's folder; an empty one when the folder has none."""
    file = folder / FILE
    if not file.exists():
        return Gazetteer(())
    return Gazetteer(areas_of(json.loads(file.read_text(encoding="utf-8"))["areas"]))


def areas_of(rows: Sequence[Mapping[str, Any]]) -> Iterator[Area]:
    """Yield areas from an export of the catalogue: mappings of code, name, level, parent, aliases.

    Raises:
        ValueError: a row has an unknown level.
    """
    for row in rows:
        if row["level"] not in LEVELS:
            raise ValueError(f"{row['code']}: level {row['level']!r} is none of {LEVELS}")
        yield Area(
            str(row["code"]),
            row["name"],
            row["level"],
            row.get("parent"),
            tuple(row.get("aliases") or ()),
            tuple(row.get("overlays") or ()),
        )
