"""Extract entities from a message, each with its exact span and value.

Numbers, sums and similar entities are found by rules. A tagger that was trained on marked sentences
finds the spans of places and times. Rules and a gazetteer compute their values; without a trained
tagger they also find the spans.
`reading` puts together what `times` and `places` find; the other files here find numbers, sums,
codes, parties and wishes. Serving imports `Extractor` and `FoundEntity`, training also the tagger
and the gazetteer. Begin with `Extractor.extract`.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path

from nlu.extract.amounts import amounts, counts, languages
from nlu.extract.codes import account_numbers, case_numbers, dictated_phones, phones, plates
from nlu.extract.entity import FoundEntity, TakenSpans
from nlu.extract.parties import parties
from nlu.extract.places.gazetteer import Gazetteer, read_gazetteer
from nlu.extract.places.tagger import Tagger, read_tagger
from nlu.extract.reading import TextReading
from nlu.extract.wishes import demands

__all__ = ["Extractor", "FoundEntity"]


class Extractor:
    """Finds all entities of a normalised text, without overlaps."""

    def __init__(self, gazetteer: Gazetteer, tagger: Tagger | None = None) -> None:
        self._gazetteer = gazetteer
        self._tagger = tagger

    @classmethod
    def open(cls, folder: Path) -> "Extractor":
        """Open the extractor of a model's folder: its gazetteer, and its tagger if it has one."""
        return cls(read_gazetteer(folder), read_tagger(folder))

    def extract(
        self, text: str, now: datetime | None, capitals: Collection[int] = ()
    ) -> list[FoundEntity]:
        """Return the entities in the order of the text.

        `now` is time-zone-aware, or `None` if unknown; `capitals` are positions of capital letters.
        """
        taken = TakenSpans(len(text))
        found = _numbers(text, taken)
        reading = TextReading(text, self._gazetteer, found)
        found += taken.take(reading.details(self._tagger, now, capitals))
        found += taken.take(counts(text))
        return sorted(found, key=lambda entity: entity.start)

    def numbers(self, text: str) -> list[FoundEntity]:
        """Return only the case numbers, telephones, plates, sums and languages of `extract`."""
        return sorted(_numbers(text, TakenSpans(len(text))), key=lambda entity: entity.start)

    def more(
        self, text: str, found: Sequence[FoundEntity], capitals: Collection[int] = ()
    ) -> list[FoundEntity]:
        """Extract dictated telephones, parties, account numbers and the demand, in text order.

        `capitals` is as in `extract`. The models do not see these entities. Parties may lie in a
        place, and anything in the demand. No other two overlap, and no account number overlaps
        `found`.
        """
        taken = TakenSpans(len(text))
        taken.take(entity for entity in found if entity.entity != "place")
        phones_apart = TakenSpans(len(text))
        phones_apart.take(entity for entity in found if entity.entity in ("phone", "case_number"))
        more = phones_apart.take(dictated_phones(text))
        more += taken.take(account_numbers(text))
        more += taken.take(parties(text, capitals))
        return sorted((*more, *demands(text)), key=lambda entity: entity.start)

    def read(self, text: str) -> TextReading:
        """Return the rules' reading of the text, for the training of the tagger."""
        return TextReading(text, self._gazetteer, _numbers(text, TakenSpans(len(text))))


def _numbers(text: str, taken: TakenSpans) -> list[FoundEntity]:
    found = taken.take(case_numbers(text))
    found += taken.take(phones(text))
    found += taken.take(plates(text))
    found += taken.take(amounts(text))
    found += taken.take(languages(text))
    return found
