"""Names of a city's districts, streets and communities, and where a text says one."""

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

    `overlays` are the streets that a district manages which lie in others.
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

    `full` tells the official name from an alias or a name without its suffix; several areas may
    share a name, and `areas` has them all.
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
# Names without a suffix that are everyday words: only the full name is taken for the area.
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
    """Finds names by their first two characters, longest first; time grows with the text alone."""

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
                    # The official name of one area beats the short name of another.
                    names[name] = (True, [area])
                elif full == known_full and area not in known:
                    names[name] = (full, [*known, area])
        starts: defaultdict[str, list[tuple[str, bool, tuple[Area, ...]]]] = defaultdict(list)
        for name, (full, known) in names.items():
            # 江宁 is the district, though a street in it is called so too.
            widest = min(LEVELS.index(area.level) for area in known)
            meant = tuple(area for area in known if area.level == LEVELS[widest])
            starts[name[:2]].append((name, full, meant))
        self._starts = {
            start: sorted(found, key=lambda name: -len(name[0])) for start, found in starts.items()
        }

    def __len__(self) -> int:
        return len(self._areas)

    def areas(self) -> Iterable[Area]:
        """All areas, districts, streets and communities."""
        return self._areas.values()

    def name_of(self, code: str) -> str | None:
        """The name of the area with this code, if there is one."""
        area = self._areas.get(code)
        return area.name if area else None

    def find(self, text: str) -> Iterator[Hit]:
        """Names in a normalised text from left to right, the longest where several begin."""
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
        """Codes of `area`, of all that it lies in, and of the districts that manage its street."""
        line = {up.code for up in self.line(area)}
        return line.union(*(self._managers.get(code, ()) for code in line))

    def line(self, area: Area) -> Iterator[Area]:
        """`area` and the areas that it lies in, innermost first."""
        current: Area | None = area
        while current is not None:
            yield current
            current = self._areas.get(current.parent) if current.parent else None


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Tell whether a Latin name is not a part of a longer word; Chinese knows no such borders."""
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
            # A community's bare name is too often an estate, a shop, or a word.
            if len(short) > 1 and short not in _EVERYDAY and area.level != "community":
                yield short, False
            return


def read_gazetteer(folder: Path) -> Gazetteer:
    """The gazetteer in a model's folder; an empty one when the folder has none."""
    file = folder / FILE
    if not file.exists():
        return Gazetteer(())
    return Gazetteer(areas_of(json.loads(file.read_text(encoding="utf-8"))["areas"]))


def areas_of(rows: Sequence[Mapping[str, Any]]) -> Iterator[Area]:
    """Areas from an export of the catalogue: mappings of code, name, level, parent, aliases.

    Raises:
        ValueError: a row has a level that is not known here.
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
