"""One message understood: intent, category, details and language from one reading of its text."""

import logging
import re
from datetime import datetime
from pathlib import Path
from typing import Any

from nlu.classify import Model, load
from nlu.extract import Extractor
from nlu.extract.gazetteer import read_gazetteer
from nlu.kinds import Decision
from nlu.language import detect
from nlu.normalise import HEAD, TAIL, read

MODEL = Path(__file__).with_name("model")
TOP = 5

_log = logging.getLogger(__name__)

_CODE = re.compile(r"(?=[A-Z0-9-]*[0-9])[A-Z0-9]{4}(?:-[A-Z0-9]{4}){1,2}", re.IGNORECASE)
"""A code as receipts and join codes write it, alone in a message: letters that mean nothing, which
a model of words would guess about."""
_BARE_FACT = "inform"


class Understanding:
    """Reads messages with a trained model and a gazetteer. Holds no state between messages."""

    def __init__(self, model: Model, extractor: Extractor) -> None:
        self.model = model
        self._extractor = extractor
        self._decision = Decision(model.heads["intent"].labels)

    @classmethod
    def open(cls, folder: Path = MODEL) -> "Understanding":
        """Load the model of `folder`.

        Raises:
            nlu.classify.ModelUnusable: the files are missing or damaged.
        """
        return cls(load(folder), Extractor(read_gazetteer(folder)))

    def parse(self, text: str, now: datetime | None = None) -> dict[str, Any]:
        """Understand `text` in Rasa's parse format, with `category` and `language` beside.

        `now` is aware and decides what "yesterday" is; without it times are left without dates.
        The intent's confidence is that of what follows: kinds of request that open the form count
        together (`nlu.kinds`), while the ranking has each one's own.

        Spans are spans of `text`. A text without a letter or digit has the intent `None` with
        confidence 0, as Rasa gives for an empty message. Of a very long text only the beginning and
        the end are read (`nlu.normalise.read`): `cut` then says how many characters it had and how
        many were read.
        """
        reading = read(text)
        entities = self._extractor.extract(reading.text, now)
        language = detect(reading.text)
        cut = _cut(text)
        if not any(map(str.isalnum, reading.text)):
            return {**_nothing(text), **cut}
        vector = self.model.features.vector(
            reading.text, [(found.entity, found.start, found.end) for found in entities]
        )
        intent, category = self.model.heads["intent"], self.model.heads["category"]
        categories = category.rank(category.shares(vector), TOP)
        shares = intent.shares(self.model.features.with_certainty(vector, categories[0].confidence))
        best, confidence = self._decision.of(shares)
        if _CODE.fullmatch(reading.text.strip()) and _BARE_FACT in intent.labels:
            best, confidence = intent.labels.index(_BARE_FACT), 1.0
        intents = intent.rank(shares, TOP)
        return {
            "text": text,
            "intent": {"name": intent.labels[best], "confidence": confidence},
            "intent_ranking": [
                {"name": ranked.name, "confidence": ranked.confidence} for ranked in intents
            ],
            "entities": [found.wire(text, reading) for found in entities],
            "category": {
                "code": categories[0].name,
                "confidence": categories[0].confidence,
                "ranking": [
                    {"code": ranked.name, "confidence": ranked.confidence} for ranked in categories
                ],
            },
            "language": language or "zh",
            **cut,
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
    }
