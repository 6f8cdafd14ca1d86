"""Details in a message, each with its exact span and value.

Numbers, sums and the like are found by rules. Where places and times begin and end is decided by a
tagger that has learned it from marked sentences; what they mean is read by rules and a gazetteer,
which also find them alone where no tagger was trained.
"""

from datetime import datetime
from pathlib import Path

from nlu.extract.amounts import amounts, counts, languages
from nlu.extract.codes import case_numbers, phones, plates
from nlu.extract.entity import Found, Taken
from nlu.extract.gazetteer import Gazetteer, read_gazetteer
from nlu.extract.reading import Reading
from nlu.extract.tagger import Tagger, read_tagger

__all__ = ["Extractor", "Found"]


class Extractor:
    """Finds all details of a normalised text, none overlapping another."""

    def __init__(self, gazetteer: Gazetteer, tagger: Tagger | None = None) -> None:
        self._gazetteer = gazetteer
        self._tagger = tagger

    @classmethod
    def open(cls, folder: Path) -> "Extractor":
        """The extractor of a model's folder: its gazetteer, and its tagger if it has one."""
        return cls(read_gazetteer(folder), read_tagger(folder))

    def extract(self, text: str, now: datetime | None) -> list[Found]:
        """What was found, in the order of the text. `now` is aware, or `None` if unknown."""
        taken = Taken(len(text))
        found = _numbers(text, taken)
        reading = Reading(text, self._gazetteer, found)
        found += taken.take(reading.details(self._tagger, now))
        found += taken.take(counts(text))
        return sorted(found, key=lambda one: one.start)

    def read(self, text: str) -> Reading:
        """The text as the rules read it, for the tagger to learn from."""
        return Reading(text, self._gazetteer, _numbers(text, Taken(len(text))))


def _numbers(text: str, taken: Taken) -> list[Found]:
    found = taken.take(case_numbers(text))
    found += taken.take(phones(text))
    found += taken.take(plates(text))
    found += taken.take(amounts(text))
    found += taken.take(languages(text))
    return found
