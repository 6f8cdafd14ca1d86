"""Where: districts, streets and communities by the gazetteer, the rest by rules."""

from collections.abc import Iterator

from nlu.extract.entity import Found
from nlu.extract.gazetteer import Gazetteer


def places(text: str, gazetteer: Gazetteer) -> Iterator[Found]:
    """Places in a normalised text."""
    for hit in gazetteer.find(text):
        value = {}
        for area in gazetteer.line(hit.areas[0]):
            value.setdefault(area.level, area.code)
        yield Found("place", value, hit.start, hit.end, 0.95 if hit.full else 0.7)
