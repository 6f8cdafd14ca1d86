"""Engine adapter that calls a Rasa server over its HTTP API.

Rasa stores the conversation in its own tracker, which commits before our transaction: it may
contain a turn that we have not stored. Our message id is in the message's metadata: the tracker
shows the result of each message. The replies of every turn are read from the tracker's `bot`
events, also when it was run earlier.

A message that may have been sent before is first searched in the tracker. It may also still be
running in Rasa: our time-out ends only our waiting. The adapter therefore waits for Rasa's lock of
the conversation before it reads the tracker. Without that the message could be run twice.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import httpx
from structlog import get_logger

from bot.dialogue.engine.port import EngineUnavailable, Outcome, Turn
from bot.dialogue.engine.rasa_trackers import Trackers
from bot.dialogue.engine.replies import replies
from bot.message import Reply

HEALTH = 2.0
"""Longest time in seconds of a health check of Rasa."""

logger = get_logger(__name__)


class TurnNotKept(RuntimeError):  # noqa: N818 - a state
    """Rasa accepted the message but stored nothing: it failed internally, see its log."""

    def __init__(self, message_id: str) -> None:
        super().__init__(f"Rasa kept nothing of message {message_id}; its log says why")


class RasaEngine:
    """Runs turns on a Rasa server.

    `limit` is the seconds after which a turn counts as failed because the server is away. `actions`
    is the base address of the action server that Rasa calls. Without that server Rasa sends no
    reply or only a part of it, so `ready` checks it too.
    """

    def __init__(
        self,
        url: str,
        *,
        actions: str,
        limit: float,
        trackers: Trackers,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._limit = limit
        self._actions = f"{actions.rstrip('/')}/health"
        self._trackers = trackers
        self._client = httpx.AsyncClient(
            base_url=url, timeout=limit, transport=transport, trust_env=False
        )

    async def handle(self, turn: Turn) -> Outcome:
        """Run one turn. See `bot.dialogue.engine.port.Engine`.

        Raises:
            TurnNotKept: Rasa answered, but stored nothing.
        """
        try:
            return await self._within(turn)
        except (httpx.HTTPError, TimeoutError) as error:
            raise EngineUnavailable from error

    async def _within(self, turn: Turn) -> Outcome:
        async with asyncio.timeout(self._limit):
            if turn.again:
                await self._settled(turn.conversation)
                known = await self._look(turn)
                if known is not None and known.replies:
                    return known
            await self._send(turn)
            outcome = await self._look(turn)
            if outcome is None:
                raise TurnNotKept(turn.message_id)
            if not outcome.replies and not await self._actions_answer():
                logger.warning("rasa_without_actions", conversation=turn.conversation)
                raise EngineUnavailable
            return outcome

    async def _send(self, turn: Turn) -> None:
        answer = await self._client.post(
            "/webhooks/rest/webhook",
            json={
                "sender": turn.conversation,
                "message": turn.text,
                "input_channel": turn.channel,
                "metadata": {**turn.metadata, "message_id": turn.message_id},
            },
        )
        answer.raise_for_status()

    async def _settled(self, conversation: str) -> None:
        """Wait until Rasa has finished its work in this conversation.

        A request to append no events is refused, but only after Rasa holds the conversation's lock.
        So it waits for the lock and changes nothing.
        """
        path = f"/conversations/{quote(conversation, safe='')}/tracker/events"
        await self._client.post(path, json=[])

    async def _look(self, turn: Turn) -> Outcome | None:
        """Read the result of this message from the tracker; `None` when it is not there."""
        answer = await self._client.get(
            f"/conversations/{quote(turn.conversation, safe='')}/tracker",
            params={"include_events": "ALL"},
        )
        answer.raise_for_status()
        tracker = answer.json()
        said = said_to(turn.message_id, tracker.get("events") or ())
        if said is None:
            return None
        language = (tracker.get("slots") or {}).get("language")
        return Outcome(said, None, language if isinstance(language, str) else None)

    async def _actions_answer(self) -> bool:
        try:
            return (await self._client.get(self._actions, timeout=HEALTH)).is_success
        except httpx.HTTPError:
            return False

    async def parse(self, text: str) -> Mapping[str, object]:
        """Parse `text` into Rasa's parse format.

        Raises:
            EngineUnavailable: the server cannot be reached.
        """
        try:
            answer = await self._client.post("/model/parse", json={"text": text})
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise EngineUnavailable from error
        parsed: Mapping[str, object] = answer.json()
        return parsed

    async def ready(self) -> bool:
        """Return whether Rasa has loaded its model and the action server answers."""
        try:
            status = await self._client.get("/status", timeout=HEALTH)
        except httpx.HTTPError:
            return False
        return status.is_success and await self._actions_answer()

    async def forget(self, conversations: Sequence[str]) -> None:
        """Delete the trackers of `conversations`. See `bot.dialogue.engine.port.Engine`.

        It waits for a running turn, which would otherwise store the old data again.
        """
        for conversation in conversations:
            with suppress(httpx.HTTPError):  # an unreachable server runs no turn
                await self._settled(conversation)
        await self._trackers.forget(conversations)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()
        await self._trackers.close()


def said_to(message_id: str, events: Sequence[Mapping[str, Any]]) -> tuple[Reply, ...] | None:
    """Collect the replies to a message from a tracker's events; `None` if it is not there.

    A message that was sent again after a turn without replies is there twice: the last counts.
    User messages that an action creates have no id and belong to the turn.
    """
    said: list[Reply] | None = None
    for event in events:
        if event.get("event") == "user":
            id_ = (event.get("metadata") or {}).get("message_id")
            if id_ == message_id:
                said = []
            elif id_ is not None and said is not None:
                break
        elif event.get("event") == "bot" and said is not None:
            said.extend(replies(event))
    return tuple(said) if said is not None else None
