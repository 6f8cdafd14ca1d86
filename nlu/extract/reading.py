"""Find the places and times of one text, by rules and, with their result, by the tagger."""

import re
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from nlu.extract.entity import FoundEntity
from nlu.extract.places.cities import cities
from nlu.extract.places.clues import Piece
from nlu.extract.places.gazetteer import Gazetteer
from nlu.extract.places.places import groups as place_groups
from nlu.extract.places.places import parts, place, places
from nlu.extract.places.tagger import Span, Tagger
from nlu.extract.times.loosewords import loose_words
from nlu.extract.times.moments import groups as time_groups
from nlu.extract.times.moments import local_time, moment
from nlu.extract.times.timewords import words

_LEAD = re.compile(
    "(?:位于|因为|沿着|具体叫|表扬|投诉|感谢|路过|经过|[在往到去找跑喺](?!达))(?=..)"
    "|(?:outside|near|at|in|on|from|to) (?:the )?(?=.)"
)
"""Words before a place that are not part of a name."""


class TextReading:
    """The rules' reading of one normalised text, around the entities `found` before."""

    def __init__(self, text: str, gazetteer: Gazetteer, found: Sequence[FoundEntity]) -> None:
        self._text = text
        self._gazetteer = gazetteer
        self._found = found
        self._words = words(text)
        self._starts = [word.start for word in self._words]
        taken = bytearray(len(text))
        for entity in found:
            taken[entity.start : entity.end] = b"\1" * (entity.end - entity.start)
        self._times = [
            group
            for group in time_groups(text, self._words)
            if not any(taken[group[0].start : group[-1].end])
        ]
        walls = [(entity.start, entity.end) for entity in found]
        walls += [(group[0].start, group[-1].end) for group in self._times]
        self._walls = sorted(walls)
        self._parts = parts(text, gazetteer, self._walls)

    def details(
        self, tagger: Tagger | None, now: datetime | None, capitals: Collection[int]
    ) -> Iterator[FoundEntity]:
        """Yield the places and times, by `tagger` if there is one, else by the rules."""
        local = local_time(now)
        if tagger is None:
            for group in self._times:
                yield moment(group, (group[0].start, group[-1].end), local)
            yield from places(self._text, self._gazetteer, self._parts)
            return
        if not tagger.may_hold(self._text):
            return
        for span in tagger.tag(self._text, *self.clues(), capitals):
            if span.kind == "place":
                lead = _LEAD.match(self._text, span.start, span.end)
                start = lead.end() if lead else span.start
                yield place(
                    self._text,
                    self._parts,
                    self._gazetteer,
                    (start, span.end),
                    span.confidence,
                )
            else:
                yield self._time(span, local)

    def _time(self, span: Span, local: datetime | None) -> FoundEntity:
        first, behind = (bisect_left(self._starts, at) for at in (span.start, span.end))
        inside = [word for word in self._words[first:behind] if word.end <= span.end]
        rest = [word for word in inside if word.kind in ("bound", "range", "part")]
        if all(word in rest or word.is_year for word in inside):
            loose = loose_words(self._text[span.start : span.end])
            inside = rest + loose if loose else inside
        return moment(inside, (span.start, span.end), local, span.confidence)

    def clues(self) -> tuple[list[Piece], list[Piece]]:
        """Return the rules' parts of the text, and the places and times they would form."""
        small: list[Piece] = [(word.kind, word.start, word.end) for word in self._words]
        small += [("city", *span) for span in cities(self._text)]
        small += [(part.kind, part.start, part.end) for part in self._parts[::-1]]
        whole = [(entity.entity, entity.start, entity.end) for entity in self._found]
        whole += [("time", group[0].start, group[-1].end) for group in self._times]
        whole += [
            ("place", group[0].start, group[-1].end)
            for group in place_groups(self._text, self._parts)
        ]
        return small, whole
