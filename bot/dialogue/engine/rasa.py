"""The Rasa engine: a real Rasa server over its HTTP API.

Rasa keeps the conversation in a tracker of its own, committed before ours: a turn may be known
there and not here. Our message id travels in the metadata of the message, so that the tracker
tells what became of it, and the replies of every turn are read from the tracker's `bot` events,
whether it was run now or before.

A message that may have been sent before is looked for first. It may also still be running there:
our time-out ends our waiting, not always Rasa's work. Rasa's lock of the conversation is therefore
waited for before the tracker is read; without that the message could be run twice, one behind the
other.
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
"""Seconds that a question after Rasa's health may take."""

logger = get_logger(__name__)


class TurnNotKept(RuntimeError):  # noqa: N818 - a state
    """Rasa took the message and kept nothing of it: it failed inside, and said so in its log."""

    def __init__(self, message_id: str) -> None:
        super().__init__(f"Rasa kept nothing of message {message_id}; its log says why")


class RasaEngine:
    """Runs turns on a Rasa server.

    `limit` is how many seconds one turn may take before the server counts as away. `actions` is
    the base address of the action server that Rasa calls: without it Rasa goes on and says
    nothing, or half of it, so that it belongs to what `ready` looks at.
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
            TurnNotKept: Rasa answered, and had kept nothing.
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
        """Wait for what Rasa still does in this conversation.

        Appending no event at all is refused, but only once the conversation's lock is held: a way
        to wait for the lock that leaves no trace.
        """
        path = f"/conversations/{quote(conversation, safe='')}/tracker/events"
        await self._client.post(path, json=[])

    async def _look(self, turn: Turn) -> Outcome | None:
        """Read from the tracker what this message came to; `None` when it is not there."""
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
        """Understand `text` in Rasa's parse format.

        Raises:
            EngineUnavailable: the server is away.
        """
        try:
            answer = await self._client.post("/model/parse", json={"text": text})
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise EngineUnavailable from error
        parsed: Mapping[str, object] = answer.json()
        return parsed

    async def ready(self) -> bool:
        """Tell whether Rasa has its model and the actions are there."""
        try:
            status = await self._client.get("/status", timeout=HEALTH)
        except httpx.HTTPError:
            return False
        return status.is_success and await self._actions_answer()

    async def forget(self, conversations: Sequence[str]) -> None:
        """Delete the trackers of `conversations`. See `bot.dialogue.engine.port.Engine`.

        A turn that still runs there would write back what it had read: it is waited for.
        """
        for conversation in conversations:
            with suppress(httpx.HTTPError):  # a server that is away runs no turn
                await self._settled(conversation)
        await self._trackers.forget(conversations)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()
        await self._trackers.close()


def said_to(message_id: str, events: Sequence[Mapping[str, Any]]) -> tuple[Reply, ...] | None:
    """Collect from a tracker's events what was said to the message; `None` if it is not there.

    A message that was sent again after nothing was said to it is there twice: the last counts.
    Messages that an action puts into the citizen's mouth carry no id and belong to the turn.
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
