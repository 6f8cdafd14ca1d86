"""Understand one message: intent, category, entities and language from one normalised text."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from nlu.classify import BROKEN, Model, ModelUnusable, load
from nlu.extract import Extractor, FoundEntity
from nlu.features import Floats, Indices
from nlu.framing import MessageFrame, frame
from nlu.kinds import Decision
from nlu.normalise import HEAD, TAIL, NormalisedText, capitals, read
from nlu.serve.exact import exact
from nlu.serve.language import detect
from nlu.serve.matters import REQUESTS, JudgedSpan, MessageMatter, divide
from nlu.serve.title import title

MODEL = Path(__file__).parents[1] / "model"
TOP = 5
OF_A_PART = 200
"""Characters of a part of a message that are read to decide whether it is a matter."""
LETTER = 300
"""Characters above which an event loop reads a message in a thread: it takes up to 60 ms."""
OF_THE_CORE = 0.6
"""How sure the category must be for a message to be read without its frame."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Classified:
    """A classified message; `frame` says what of it the models read."""

    text: str
    now: datetime | None
    reading: NormalisedText
    capital: frozenset[int]
    entities: list[FoundEntity]
    judged: JudgedSpan
    matters: Sequence[MessageMatter]
    frame: MessageFrame


class MessageUnderstanding:
    """Understands messages with a trained model and a gazetteer. It is stateless."""

    def __init__(self, model: Model, extractor: Extractor) -> None:
        self.model = model
        self._extractor = extractor
        self._intents = model.heads["intent"].labels
        self._decision = Decision(self._intents)
        self._letters = ThreadPoolExecutor(1, "letters")

    @classmethod
    def open(cls, folder: Path = MODEL) -> "MessageUnderstanding":
        """Load the model of `folder`.

        Raises:
            nlu.classify.ModelUnusable: the files are missing or damaged.
        """
        try:
            return cls(load(folder), Extractor.open(folder))
        except BROKEN as error:
            raise ModelUnusable(
                f"the model in {folder} is damaged: {type(error).__name__}: {error}; make one with "
                "`solvefirst nlu train`"
            ) from error

    def parse(self, text: str, now: datetime | None = None) -> dict[str, Any]:
        """Understand `text`; return Rasa's parse format, with `category` and `language` added.

        `now` is time-zone-aware and defines "yesterday"; without it times have no dates. The
        intent's confidence is that of its act: kinds of request that open the form count together
        (`nlu.kinds`), while the ranking has each one's own.

        A message with several matters has `matters`: the span, intent, entities, category and title
        of each. Its own intent and category are then those of the first matter.
        Courtesy, haste and linking words around it are not read by the models; `frame` names them.

        Spans are spans of `text`. A text without a letter or digit has the intent `None` with
        confidence 0, as Rasa returns for an empty message. Of a very long text only the beginning
        and the end are read (`nlu.normalise.read`): `cut` then has the number of characters and the
        number read.
        """
        reading = read(text)
        if not any(map(str.isalnum, reading.text)):
            return _nothing(text)
        capital = capitals(text, reading)
        entities = self._extractor.extract(reading.text, now, capital)
        around, judged = self._in_frame(reading.text, entities)
        matters = self._matters(reading.text, entities, judged)
        if matters:
            judged = matters[0].judged
        return self._result(
            _Classified(text, now, reading, capital, entities, judged, matters, around)
        )

    async def parse_async(self, text: str, now: datetime | None = None) -> dict[str, Any]:
        """Understand `text` as `parse` does; a long text is read in a thread beside the loop."""
        if len(text) <= LETTER:
            return self.parse(text, now)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._letters, self.parse, text, now)

    def _result(self, found: _Classified) -> dict[str, Any]:
        """Make Rasa's parse format of a classified message."""
        text, reading, entities = found.text, found.reading, found.entities
        judged = found.judged
        language: str | None = detect(reading.text) or "zh"
        matters = [self._told(matter, text, reading, found.now) for matter in found.matters]
        known = exact(reading.text)
        if known is not None and known[0] in self._intents:
            judged = replace(judged, intent=known[0], confidence=1.0)
            entities = [*entities, *known[1]]
            if not known[1]:  # the letters of a code have no language
                language = None
        more = self._extractor.more(reading.text, entities, found.capital)
        return {
            "text": text,
            "intent": {"name": judged.intent, "confidence": judged.confidence},
            "intent_ranking": [intent._asdict() for intent in judged.intents],
            "entities": [entity.wire(text, reading) for entity in (*entities, *more)],
            "category": _category(judged),
            "language": language,
            **({"matters": matters} if matters else {}),
            **({"frame": list(found.frame.acts)} if found.frame.acts else {}),
            **_cut(text),
        }

    def categories(self, text: str) -> dict[str, float]:
        """Return the probability of every category by code, for the message as a whole.

        Empty for a text without a letter or digit.
        """
        even = read(text).text
        if not any(map(str.isalnum, even)):
            return {}
        shares = self._shares(even, self._extractor.extract(even, None))
        labels = self.model.heads["category"].labels
        return dict(zip(labels, shares["category"].tolist(), strict=True))

    def _vector(self, text: str, entities: Sequence[FoundEntity]) -> tuple[Indices, Floats]:
        spans = [(entity.entity, entity.start, entity.end) for entity in entities]
        return self.model.features.vector(text, spans)

    def _shares(self, text: str, entities: Sequence[FoundEntity]) -> dict[str, Floats]:
        """Return both heads' probabilities for a normalised text and its entities."""
        vector = self._vector(text, entities)
        category = self.model.heads["category"].shares(vector)
        certainty = float(category.max())
        vector = self.model.features.with_certainty(vector, certainty)
        return {"intent": self.model.heads["intent"].shares(vector), "category": category}

    def _in_frame(
        self, text: str, entities: Sequence[FoundEntity]
    ) -> tuple[MessageFrame, JudgedSpan]:
        """Judge a text without its frame where that is a request, else all of it."""
        around = frame(text)
        if around.acts:
            inside = _inside(entities, around.start, around.end)
            judged = self._judged(self._shares(text[around.start : around.end], inside))
            sure = judged.categories[0].confidence >= OF_THE_CORE
            if sure and judged.intent in REQUESTS:
                return around, judged
        judged = self._judged(self._shares(text, entities))
        return MessageFrame(0, len(text), around.acts), judged

    def _judged(self, shares: Mapping[str, Floats]) -> JudgedSpan:
        intent, category = self.model.heads["intent"], self.model.heads["category"]
        best, confidence = self._decision.of(shares["intent"])
        return JudgedSpan(
            intent.labels[best],
            confidence,
            tuple(intent.rank(shares["intent"], TOP)),
            tuple(category.rank(shares["category"], TOP)),
        )

    def _matters(
        self, text: str, entities: Sequence[FoundEntity], whole: JudgedSpan
    ) -> list[MessageMatter]:
        """Return the matters of a message, if it is a request with more than one."""
        if whole.intent not in REQUESTS:
            return []
        known: dict[tuple[int, int], JudgedSpan] = {}

        def judge(start: int, end: int) -> JudgedSpan:
            if (start, end) == (0, len(text)):
                return whole
            end = min(end, start + OF_A_PART)
            if (start, end) not in known:
                inside = [
                    replace(entity, start=entity.start - start, end=entity.end - start)
                    for entity in entities
                    if start <= entity.start and entity.end <= end
                ]
                known[start, end] = self._judged(self._shares(text[start:end], inside))
            return known[start, end]

        return divide(text, judge)

    def _told(
        self, matter: MessageMatter, text: str, reading: NormalisedText, now: datetime | None
    ) -> dict[str, Any]:
        """Make one matter of several; entities are extracted from its own words only."""
        start, end = reading.span(matter.start, matter.end)
        words = reading.text[matter.start : matter.end]
        capital = {at - matter.start for at in capitals(text, reading)}
        found = self._extractor.extract(words, now, capital)
        placed = [
            replace(entity, start=entity.start + matter.start, end=entity.end + matter.start)
            for entity in (*found, *self._extractor.more(words, found, capital))
        ]
        return {
            "start": start,
            "end": end,
            "intent": {"name": matter.judged.intent, "confidence": matter.judged.confidence},
            "entities": [entity.wire(text, reading) for entity in placed],
            "category": _category(matter.judged),
            "title": title(text[start:end]),
        }


def _inside(entities: Sequence[FoundEntity], start: int, end: int) -> list[FoundEntity]:
    """The details of a stretch of the text, with their places in it."""
    return [
        replace(entity, start=entity.start - start, end=entity.end - start)
        for entity in entities
        if start <= entity.start and entity.end <= end
    ]


def _category(judged: JudgedSpan) -> dict[str, Any]:
    best = judged.categories[0]
    return {
        "code": best.name,
        "confidence": best.confidence,
        "ranking": [
            {"code": category.name, "confidence": category.confidence}
            for category in judged.categories
        ],
    }


def _cut(text: str) -> dict[str, dict[str, int]]:
    if len(text) <= HEAD + TAIL:
        return {}
    cut = {"characters": len(text), "read": HEAD + TAIL}
    _log.info("text_cut", extra=cut)
    return {"cut": cut}


def _nothing(text: str) -> dict[str, Any]:
    return {
        "text": text,
        "intent": {"name": None, "confidence": 0.0},
        "intent_ranking": [],
        "entities": [],
        "category": {"code": None, "confidence": 0.0, "ranking": []},
        "language": "zh",
        **_cut(text),
    }
