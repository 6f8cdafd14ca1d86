"""Details in a message: found by rules and a gazetteer, each with its exact span and value."""

from datetime import datetime

from nlu.extract.amounts import amounts, counts, languages
from nlu.extract.codes import case_numbers, phones, plates
from nlu.extract.entity import Found, Taken
from nlu.extract.gazetteer import Gazetteer
from nlu.extract.moments import moments
from nlu.extract.places import places

__all__ = ["Extractor", "Found"]


class Extractor:
    """Finds all details of a normalised text, none overlapping another."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer

    def extract(self, text: str, now: datetime | None) -> list[Found]:
        """What was found, in the order of the text. `now` is aware, or `None` if unknown."""
        taken = Taken(len(text))
        found = taken.take(case_numbers(text))
        found += taken.take(phones(text))
        found += taken.take(plates(text))
        found += taken.take(amounts(text))
        found += taken.take(languages(text))
        found += taken.take(moments(text, now))
        walls = sorted((one.start, one.end) for one in found)
        found += taken.take(places(text, self._gazetteer, walls))
        found += taken.take(counts(text))
        return sorted(found, key=lambda one: one.start)
