"""Updates that are asked for: the next ones only when these are kept.

Telegram counts an update as received once it is asked for a later one. The offset therefore
moves past an update when it is committed and not before; after a kill Telegram gives the
rest again, and what had been kept is known by its message's number.
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
from bot.store.holds import Hold
from kernel import json

POLL_SECONDS = 25
"""How long Telegram holds a question that it has no update for."""

HELD_SECONDS = 6.0
"""One process polls for a token; should it die, another goes on after so long."""

RENEW_SECONDS = 1.5
"""Between two renewals of the hold, which lapses long before a question for updates ends."""

RENEWED_WITHIN = 1.0
"""Seconds that asking for updates waits for a store that does not renew the hold."""

ELSEWHERE_SECONDS = 2.0
"""Between two looks whether the process that asks has died."""

logger = get_logger(__name__)


class Polling:
    """Asks for updates and has them taken in, step by step."""

    def __init__(
        self,
        *,
        bot: Bot,
        request: BaseRequest,
        channel: TelegramChannel,
        hold: Hold,
    ) -> None:
        self._bot = bot
        self._request = request
        self._channel = channel
        self._hold = hold
        self._offset = 0
        self._held = False

    async def look(self) -> float:
        """Ask once if this process is the one that asks; give the seconds until the next time.

        Raises:
            telegram.error.TelegramError: Telegram could not be asked.
            Exception: the store cannot say who asks, or something could not be kept.
        """
        if not await self._holds():
            return ELSEWHERE_SECONDS
        await self.step()
        return 0

    async def renew(self) -> None:
        """Renew the hold while an answer is waited for; see `look` for a store that fails."""
        if self._held:
            self._held = await self._hold.take()

    async def free(self) -> None:
        """Let another process ask."""
        if self._held:
            self._held = False
            await self._hold.free()

    async def _holds(self) -> bool:
        """Renew the hold; who had it goes on while the store cannot say, as danger may be cried.

        Raises:
            Exception: the store cannot say, and this process did not hold it before.
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
        """Ask once, take what comes, and move on past what is kept.

        Raises:
            telegram.error.TelegramError: Telegram could not be asked.
            Exception: something could not be kept; it will be given again.
        """
        # Not by `Bot.get_updates`, which reads all updates of an answer or none: one that cannot be
        # read would keep back every other for ever.
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
        """Take updates, those of one chat one after the other; give what failed."""
        chats: dict[object, list[Mapping[str, Any]]] = {}
        for update in updates:
            chats.setdefault(chat_of(update), []).append(update)
        found = await asyncio.gather(*(self._take_in_order(line) for line in chats.values()))
        return [one for one in found if one is not None]

    async def _take_in_order(
        self, updates: Sequence[Mapping[str, Any]]
    ) -> tuple[int, Exception] | None:
        for update in updates:
            try:
                await self._channel.take(update)
            except Exception as error:  # noqa: BLE001 - told by `run`, once for all of them
                return int(update["update_id"]), error
        return None
