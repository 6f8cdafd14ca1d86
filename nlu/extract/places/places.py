"""Find places: areas by the gazetteer; roads, numbers, estates, buildings, landmarks by rules.

The rules know the endings of such names and the words that cannot be part of them, but not which
names exist. They work for any city, and for letters with masked places (A市, A3区). Adjacent parts
are joined to one place.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from nlu.extract.entity import FoundEntity
from nlu.extract.places.englishplaces import english
from nlu.extract.places.gazetteer import Area, Gazetteer, Hit
from nlu.extract.places.suffixes import (
    BUILDING,
    CUT,
    MASKED,
    NOT_A_NAME,
    NUMBER,
    PHRASE,
    SUFFIX,
    SUFFIX_KINDS,
)

_LONGEST_NAME = 10
_NUMBERED = frozenset({"road", "estate", "landmark", "community", "street", "building"})
_SHORT_ANSWER = 15  # "不对，是86号": in such a short message a bare number is a place
_GLUE = re.compile(
    r"[ ,、(的]?(?:和|与|跟|及|附近的?|旁边?的?|对面的?|里面?的?|内的?|上的?|近|交叉口|路口|东侧"
    r"|西侧|南侧|北侧|门口)?[ ,、(]?| (?:in|of|and) "
)
_ROAD_TOO = re.compile("(?:路|大街| road| street| avenue)$")
_TAIL = re.compile(
    "(?:与|和)?(?:的)?(?:交叉路?口|交汇处|十字路口|路口|[0-9a-d]{1,2}号?(?:出|入|出入)?口|口"
    "|附近|旁边|对面|门口|东门|西门|南门|北门|正门|后门|大门口?|地下车库|桥下|桥头)"
)


@dataclass(frozen=True, slots=True)
class PlacePart:
    """One part of a place: its kind (a key of the place's value), its words, its span."""

    kind: str
    start: int
    end: int
    confidence: float
    areas: tuple[Area, ...] = ()


def places(text: str, gazetteer: Gazetteer, found: Sequence[PlacePart]) -> Iterator[FoundEntity]:
    """Yield places in a normalised text, by rules alone, from its `parts`.

    The value has `district`, `street` and `community` as codes, and `road`, `number`, `estate`,
    `building`, `landmark` as words, each only if known.
    """
    for group in groups(text, found):
        yield _by_rules(text, group, gazetteer)


def parts(text: str, gazetteer: Gazetteer, free_from: Sequence[tuple[int, int]]) -> list[PlacePart]:
    """Return the parts of places in a text, in order; at the same start the longest first.

    `free_from` are the sorted spans of other entities: no name may overlap them.
    """
    return sorted(_parts(text, gazetteer, free_from), key=lambda part: (part.start, -part.end))


def groups(text: str, found: Sequence[PlacePart]) -> Iterator[list[PlacePart]]:
    """Yield groups of parts that form one place, without parts that overlap an earlier one."""
    group: list[PlacePart] = []
    for part in found:
        if group and part.start < group[-1].end:
            continue
        if group and _follows(text, group, part):
            group.append(part)
        else:
            if _is_place(text, group):
                yield group
            group = [part]
    if _is_place(text, group):
        yield group


def place(
    text: str,
    found: Sequence[PlacePart],
    gazetteer: Gazetteer,
    span: tuple[int, int],
    confidence: float,
) -> FoundEntity:
    """Make the place at `span`; the rules compute its value from the words in it."""
    start, end = span
    group: list[PlacePart] = []
    for part in found:
        if part.end <= start or part.end > end:
            continue
        if part.start < start:
            if part.areas:
                continue
            part = replace(part, start=start)  # noqa: PLW2901 - a name cut where the place begins
        if not group or part.start >= group[-1].end:
            group.append(part)
    value = _value(text, group, gazetteer) if group else {}
    return FoundEntity("place", value or {"landmark": text[start:end]}, start, end, confidence)


def _follows(text: str, group: Sequence[PlacePart], part: PlacePart) -> bool:
    between = text[group[-1].end : part.start]
    if len(between) > 5 or not _GLUE.fullmatch(between):
        return False
    known = {other.kind for other in group}
    if part.kind == "number":
        # A numbered gate belongs to an estate, a numbered house to a road.
        gate = group[-1].kind != "road" and text.startswith("门口", part.end)
        return not between.strip() and not gate and group[-1].kind in _NUMBERED
    # Two adjacent estates are two places; two adjacent roads are a crossing.
    return part.kind not in known or part.kind in ("building", "road", "landmark")


def _is_place(text: str, group: Sequence[PlacePart]) -> bool:
    if not group:
        return False
    return any(part.kind != "number" for part in group) or (
        len(text) <= _SHORT_ANSWER and not text.startswith("门口", group[-1].end)
    )


def _by_rules(text: str, group: Sequence[PlacePart], gazetteer: Gazetteer) -> FoundEntity:
    doubt = 1.0
    for part in group:
        doubt *= 1 - part.confidence
    tail = _TAIL.match(text, group[-1].end)
    end = tail.end() if tail else group[-1].end
    return FoundEntity(
        "place", _value(text, group, gazetteer), group[0].start, end, round(1 - doubt, 2)
    )


def _value(text: str, group: Sequence[PlacePart], gazetteer: Gazetteer) -> dict[str, str]:
    value: dict[str, str] = {}
    known = _areas(group, gazetteer)
    for area in known:
        value.setdefault(area.level, area.code)
    for part in group:
        if not part.areas or part.kind not in value:
            words = text[part.start : part.end]
            if part.kind in ("building", "road", "landmark") and part.kind in value:
                whole = part.kind == "building" and not text.startswith(" and ", part.start - 5)
                value[part.kind] += words if whole else "/" + words
            elif part.kind not in ("masked", "district", "street", "community"):
                value.setdefault(part.kind, words)
        elif part.kind != "road" and _ROAD_TOO.search(text, part.start, part.end):
            # 湖南路 is a street office, and also the road after which it is named.
            words = text[part.start : part.end]
            value["road"] = f"{value['road']}/{words}" if "road" in value else words
    return value


def _areas(group: Sequence[PlacePart], gazetteer: Gazetteer) -> list[Area]:
    """Return the areas of a place and their parents; of equal names the one inside the others."""
    chosen: list[Area] = []
    for part in sorted((part for part in group if part.areas), key=lambda part: len(part.areas)):
        codes = {area.code for area in chosen}
        inside = [area for area in part.areas if codes & gazetteer.around(area)]
        if not inside and (len(part.areas) > 1 or chosen):
            inside = [
                area
                for area in part.areas
                if any(area.code in gazetteer.around(other) for other in chosen)
            ]
        if inside:
            chosen.append(inside[0])
        elif len(part.areas) == 1 and part.kind not in {area.level for area in chosen}:
            # The citizen's words stay, even if a map says otherwise.
            chosen.append(part.areas[0])
    return [*chosen, *(up for area in chosen for up in gazetteer.line(area))]


def _parts(
    text: str, gazetteer: Gazetteer, free_from: Sequence[tuple[int, int]]
) -> Iterator[PlacePart]:
    walls = {place for start, end in free_from for place in range(start, end)}
    named: list[int] = []
    for hit in gazetteer.find(text):
        if hit.start in walls or not (hit.full or _short_name_stands(text, hit, named)):
            continue
        if hit.full:
            named.append(hit.end)
        yield PlacePart(
            hit.areas[0].level, hit.start, hit.end, 0.95 if hit.full else 0.75, hit.areas
        )
    for match in MASKED.finditer(text):
        named.append(match.end())
        yield PlacePart("masked", match.start(), match.end(), 0.6)
    for match in SUFFIX.finditer(text):
        part = _named(text, match, named, walls)
        if part:
            yield part
    for kind, pattern, confidence in (("building", BUILDING, 0.6), ("number", NUMBER, 0.4)):
        for match in pattern.finditer(text):
            if match.start() not in walls:
                yield PlacePart(kind, match.start(), match.end(), confidence)
    for kind, start, end, confidence in english(text):
        if start not in walls:
            yield PlacePart(kind, start, end, confidence)


def _short_name_stands(text: str, hit: Hit, named: Sequence[int]) -> bool:
    """Return whether a name without suffix counts: after a larger area, after 在, or alone."""
    if hit.end - hit.start > 2 or text.startswith(("这", "那", "附"), hit.end):
        return True
    before = text[max(0, hit.start - 1) : hit.start]
    return hit.start in named or before in ("", "在", "到", "住", "去", "于", "从", ",", " ", "市")


def _named(
    text: str, match: re.Match[str], named: Sequence[int], walls: set[int]
) -> PlacePart | None:
    """Return the name that ends with the suffix, cut on the left where it cannot continue."""
    end, suffix = match.end(), match.group()
    if end in named:
        return None
    lowest = max(0, match.start() - _LONGEST_NAME)
    start = match.start()
    while start > lowest and start - 1 not in walls and start not in named:
        character = text[start - 1]
        if not (character.isalnum() or character == "·"):
            break
        start -= 1
    name = text[start : match.start()]
    cut = 0
    for stop in CUT.finditer(name):
        cut = stop.end()
    phrase = PHRASE.search(name, cut)
    while phrase:
        cut = phrase.end()
        phrase = PHRASE.search(name, cut)
    start += cut
    name = text[start : match.start()]
    kind, least = SUFFIX_KINDS[suffix]
    if len(name) < least or NOT_A_NAME.search(name + suffix) or name.isdigit():
        return None
    if name[0] in "们了着过的吗呢吧啊":
        return None
    return PlacePart(kind, start, end, 0.7 if len(name) > 1 else 0.6)
