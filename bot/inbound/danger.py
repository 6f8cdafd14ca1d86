"""Danger in a message: looked for before anything else, without holding up other messages."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from structlog import get_logger

from bot import limits

LETTER = 300
"""Characters beyond which a text is read in a thread: that takes up to 20 ms of a processor."""

logger = get_logger(__name__)


class EmergencyFinding(Protocol):
    """Result of the emergency rules: the kind of danger, and whom to call."""

    @property
    def kind(self) -> str:
        """The kind: `fire`, `gas`, …"""
        ...

    @property
    def call(self) -> Sequence[str]:
        """Telephone numbers to call."""
        ...


Emergency = Callable[[str], EmergencyFinding | None]


class DangerDetector:
    """Applies the emergency rules to a text; rules that fail are logged and find nothing."""

    def __init__(self, emergency: Emergency) -> None:
        self._emergency = emergency
        self._thread = ThreadPoolExecutor(1, "danger")

    def of(self, text: str) -> EmergencyFinding | None:
        """Tell which danger `text` reports, None where it reports none."""
        try:
            return self._emergency(text[: limits.HANDLED])
        except Exception:
            logger.exception("emergency_rules_failed")
            return None

    async def beside(self, text: str) -> EmergencyFinding | None:
        """Tell the same as `of`; a long text is read in a thread while the event loop goes on."""
        if len(text) <= LETTER:
            return self.of(text)
        return await asyncio.get_running_loop().run_in_executor(self._thread, self.of, text)
