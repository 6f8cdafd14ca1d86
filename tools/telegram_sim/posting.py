"""Webhook mode: post each update until it is accepted, those of one chat in order."""

import asyncio
from contextlib import suppress
from typing import Any

import httpx

from kernel import json
from tools.telegram_sim.world import Json, World

SHORTEST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
"""Longest wait in seconds before a refused update is posted again; waits double."""


class Posting:
    """Posts the waiting updates while a webhook is set."""

    def __init__(self, world: World, client: httpx.AsyncClient) -> None:
        self._world = world
        self._client = client
        self._under_way: dict[object, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Post for ever."""
        try:
            while True:
                self._begin()
                await self._world.change()
        finally:
            for task in list(self._under_way.values()):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    def _begin(self) -> None:
        hook = self._world.hook
        if not hook.url:
            return
        for update in self._world.updates:
            line = line_of(update)
            if line not in self._under_way and len(self._under_way) < hook.connections:
                self._under_way[line] = asyncio.create_task(self._post(line, update))

    async def _post(self, line: object, update: Json) -> None:
        pause = SHORTEST_PAUSE
        try:
            while self._world.hook.url and not await self._taken(update):
                await self._world.clock.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
        finally:
            del self._under_way[line]
        if self._world.hook.url:
            self._world.remove([update["update_id"]])

    async def _taken(self, update: Json) -> bool:
        hook = self._world.hook
        headers = {"content-type": "application/json"}
        if hook.secret:
            headers["x-telegram-bot-api-secret-token"] = hook.secret
        try:
            answer = await self._client.post(
                hook.url, content=json.dumps(update).encode(), headers=headers, timeout=60
            )
        except httpx.HTTPError as error:
            hook.last_error = f"Connection failed: {type(error).__name__}"
            return False
        if answer.is_success:
            return True
        hook.last_error = f"Wrong response from the webhook: {answer.status_code}"
        return False


def line_of(update: dict[str, Any]) -> object:
    """Return the line of an update: its chat."""
    for about in update.values():
        if isinstance(about, dict):
            chat = about.get("chat") or about.get("message", {}).get("chat") or {}
            return chat.get("id")
    return None
