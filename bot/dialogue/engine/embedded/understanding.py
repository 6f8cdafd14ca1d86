"""Understand one message: the project's component, FallbackClassifier, then payloads."""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog

from bot.dialogue.engine.embedded.config import FallbackClassifier
from bot.dialogue.engine.embedded.domain.domain import Domain
from bot.dialogue.engine.embedded.names import INTENT_NLU_FALLBACK

Parse = Callable[[str], Mapping[str, Any] | Awaitable[Mapping[str, Any]]]
"""Parses a text into Rasa's parse format; a slow one may return an awaitable."""

_log = structlog.get_logger(__name__)

_PAYLOAD = re.compile(
    r"^/(?P<intent>[^{@]+)(?P<confidence>@[0-9.]+)?(?P<entities>{.+})?(?P<rest>.*)"
)


class TextParser:
    """Parses texts into Rasa's wire format. `parse` is the component's own function."""

    def __init__(
        self,
        parse: Parse,
        domain: Domain,
        fallback: FallbackClassifier | None,
    ) -> None:
        self._parse = parse
        self._domain = domain
        self._fallback = fallback

    async def parse(self, text: str) -> dict[str, Any]:
        """Understand `text`; a payload like `/affirm` or `/choose{"code": "0302"}` is decoded."""
        text = text.strip()
        if text.startswith("/"):
            payload = self._payload(text)
            if payload is not None:
                return payload
        parsed = self._parse(text)
        found: dict[str, Any] = {
            "text": text,
            "intent": {"name": None, "confidence": 0.0},
            "entities": [],
            **(await parsed if isinstance(parsed, Awaitable) else parsed),
        }
        return self._unsure(found)

    def _unsure(self, found: dict[str, Any]) -> dict[str, Any]:
        """Replace the intent by `nlu_fallback` when the confidence is too low."""
        settings = self._fallback
        if settings is None:
            return found
        ranking = list(found.get("intent_ranking") or [])
        confidence = (found.get("intent") or {}).get("confidence") or 0.0
        ambiguous = (
            len(ranking) >= 2
            and ranking[0].get("confidence", 1.0) - ranking[1].get("confidence", 1.0)
            < settings.ambiguity
        )
        if confidence >= settings.threshold and not ambiguous:
            return found
        fallback = {"name": INTENT_NLU_FALLBACK, "confidence": settings.threshold}
        return {**found, "intent": fallback, "intent_ranking": [dict(fallback), *ranking]}

    def _payload(self, text: str) -> dict[str, Any] | None:
        match = _PAYLOAD.match(text)
        if match is None:
            return None
        name = match.group("intent").strip()
        if name not in self._domain.intents:
            return None
        intent = {"name": name, "confidence": _confidence(match.group("confidence"))}
        return {
            "text": text,
            "intent": intent,
            "intent_ranking": [dict(intent)],
            "entities": self._payload_entities(match),
        }

    def _payload_entities(self, match: re.Match[str]) -> list[dict[str, Any]]:
        text = match.group("entities")
        if text is None:
            return []
        try:
            values = json.loads(text, parse_constant=_no_constant)
        except ValueError:
            values = None
        if not isinstance(values, dict):
            _log.info("payload_unreadable", intent=match.group("intent").strip())
            return []
        return [
            {
                "entity": name,
                "value": value,
                "start": match.start("entities"),
                "end": match.end("entities"),
                "extractor": "RegexMessageHandler",
            }
            for name, given in values.items()
            if name in self._domain.entities
            for value in (given if isinstance(given, list) else [given])
        ]


def _confidence(text: str | None) -> float:
    if text is None:
        return 1.0
    try:
        return min(float(text[1:]), 1.0)
    except ValueError:
        return 0.0


def _no_constant(name: str) -> None:
    """Reject NaN and the infinities, which are not JSON but which Python would read."""
    raise ValueError(name)
