"""Answer a report of danger without waiting for a store that cannot write."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from structlog import get_logger

from bot.message import Reply
from kernel.clock import Clock
from kernel.supervisor import Supervisor

SECONDS = 1.0
"""Longest wait in seconds of the emergency words for the message's commit."""

TASK = "emergency-keeping"
LIMIT = "emergency-limit"
"""Names of the background tasks."""

T = TypeVar("T")

logger = get_logger(__name__)


class NotStored(Exception):  # noqa: N818 - what happened to the message
    """A report of danger was not stored in time: `reply` must be sent at once.

    The message is not acknowledged. Its sender delivers it again under the same id.
    """

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.text)
        self.reply = reply

    @property
    def call(self) -> object:
        """Telephone numbers to call."""
        return (self.reply.custom or {}).get("call", [])


class InboxWriter:
    """Awaits writes of messages, only for a short time if they report danger."""

    def __init__(self, clock: Clock, supervisor: Supervisor) -> None:
        self._clock = clock
        self._supervisor = supervisor

    async def in_time(
        self,
        work: Coroutine[Any, Any, T],
        alarm: Reply | None,
        late: Callable[[T], None] | None = None,
    ) -> T:
        """Await a write of a message; a slow one continues, and `late` receives its result.

        Raises:
            NotStored: it failed or takes more than `SECONDS`, and there is an `alarm` to send.
            Exception: the write's own error, when there is no alarm.
        """
        if alarm is None:
            return await work
        write: asyncio.Task[T] = self._supervisor.spawn(TASK, work)
        limit = self._supervisor.spawn(LIMIT, self._clock.sleep(SECONDS))
        try:
            await asyncio.wait({write, limit}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            limit.cancel()
        if not write.done():
            logger.error("emergency_kept_too_slowly")
            if late is not None:
                self._supervisor.spawn(TASK, _then(write, late))
            raise NotStored(alarm)
        try:
            return write.result()
        except Exception as error:
            raise NotStored(alarm) from error

    async def idle(self) -> None:
        """Wait until all writes have ended."""
        await self._supervisor.idle(TASK)


async def _then(write: asyncio.Task[T], late: Callable[[T], None]) -> None:
    await asyncio.wait({write})
    if not write.cancelled() and write.exception() is None:
        late(write.result())
