"""Poll Telegram for updates; request later ones only after these are stored.

Telegram treats an update as received when a later one is requested. The offset therefore passes an
update only after its commit. After a kill Telegram sends the rest again, and updates that were
stored are recognised by their message number.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from structlog import get_logger
from telegram import Bot
from telegram.request import BaseRequest

from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.update import UPDATES
from bot.channels.telegram.updates import chat_of
from bot.store.holds import ProcessLease
from kernel import json

POLL_SECONDS = 25
"""Seconds of Telegram's long polling."""

HELD_SECONDS = 6.0
"""Only one process polls for a token; if it dies, another one continues after so many seconds."""

RENEW_SECONDS = 1.5
"""Seconds between two renewals of the hold, which is much shorter than a long poll."""

RENEWED_WITHIN = 1.0
"""Longest wait in seconds for the store to renew the hold before a poll."""

ELSEWHERE_SECONDS = 2.0
"""Seconds between two checks whether the polling process has died."""

logger = get_logger(__name__)


class Polling:
    """Polls for updates and passes them to the channel."""

    def __init__(
        self,
        *,
        bot: Bot,
        request: BaseRequest,
        channel: TelegramChannel,
        hold: ProcessLease,
    ) -> None:
        self._bot = bot
        self._request = request
        self._channel = channel
        self._hold = hold
        self._offset = 0
        self._held = False

    async def look(self) -> float:
        """Poll once if this process has the hold; return the seconds until the next time.

        Raises:
            telegram.error.TelegramError: the call to Telegram failed.
            Exception: the store failed, or an update could not be stored.
        """
        if not await self._holds():
            return ELSEWHERE_SECONDS
        await self.step()
        return 0

    async def renew(self) -> None:
        """Renew the hold during a long poll; `look` handles a failing store."""
        if self._held:
            self._held = await self._hold.take()

    async def free(self) -> None:
        """Release the hold, so that another process may poll."""
        if self._held:
            self._held = False
            await self._hold.free()

    async def _holds(self) -> bool:
        """Renew the hold; if the store fails, the holder goes on polling, for reports of danger.

        Raises:
            Exception: the store failed, and this process did not have the hold.
        """
        try:
            async with asyncio.timeout(RENEWED_WITHIN):
                self._held = await self._hold.take()
        except Exception:
            if not self._held:
                raise
            logger.exception("telegram_hold_not_renewed")
        return self._held

    async def step(self) -> None:
        """Poll once, handle the updates, and move the offset past those that are stored.

        Raises:
            telegram.error.TelegramError: the call to Telegram failed.
            Exception: an update could not be stored; Telegram will send it again.
        """
        # Not by `Bot.get_updates`: it parses all updates of an answer or none, so one malformed
        # update would block all others for ever.
        asked = {
            "offset": self._offset,
            "timeout": POLL_SECONDS,
            "allowed_updates": json.dumps(list(UPDATES)),
        }
        raw: Any = await self._request.post(
            f"{self._bot.base_url}/getUpdates?{urlencode(asked)}", read_timeout=POLL_SECONDS + 10
        )
        updates = sorted(raw, key=lambda update: int(update["update_id"]))
        if not updates:
            return
        failed = await self._take(updates)
        last = int(updates[-1]["update_id"])
        self._offset = min((id_ for id_, _ in failed), default=last + 1)
        if failed:
            raise failed[0][1]

    async def _take(self, updates: Sequence[Mapping[str, Any]]) -> list[tuple[int, Exception]]:
        """Handle updates, those of one chat in order; return the failed ones."""
        chats: dict[object, list[Mapping[str, Any]]] = {}
        for update in updates:
            chats.setdefault(chat_of(update), []).append(update)
        found = await asyncio.gather(*(self._take_in_order(line) for line in chats.values()))
        return [inbound for inbound in found if inbound is not None]

    async def _take_in_order(
        self, updates: Sequence[Mapping[str, Any]]
    ) -> tuple[int, Exception] | None:
        for update in updates:
            try:
                await self._channel.take(update)
            except Exception as error:  # noqa: BLE001 - told by `run`, once for all of them
                return int(update["update_id"]), error
        return None
