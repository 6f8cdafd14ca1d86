"""A bell that is heard in every process: Valkey's (or Redis's) publish and subscribe."""

import asyncio
import secrets
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from kernel.bell.listeners import Listeners, Mailbox
from kernel.clock import Clock, SystemClock
from kernel.logging import get_logger

CHANNEL = "solvefirst:"

KEPT = 10_000
"""Rings that wait to be sent; of more the oldest are lost, as rings may be."""

SILENCE_SECONDS = 15.0
"""After so long without a word the server is asked whether it is there; after twice it is lost."""

PAUSE_SECONDS = 1.0
"""Between two attempts to reach a server that is away."""

CONFIRM_SECONDS = 1.0
"""How long one who begins to listen waits until the server knows."""

logger = get_logger(__name__)


class ValkeyBell:
    """Rings go straight to this process's listeners, and through the server to all others.

    While the server is away the bell is heard in this process only; it says so once, and once
    more when the server is back. Belongs to the event loop in which it is started.

    Args:
        url: `redis://…` or `rediss://…`.
        clock: measures the listeners' time-outs.
    """

    def __init__(self, url: str, clock: Clock | None = None) -> None:
        self._client = Redis.from_url(
            url,
            retry=Retry(NoBackoff(), 0),
            socket_connect_timeout=2,
            socket_timeout=5,
            socket_keepalive=True,
        )
        self._listeners = Listeners(clock or SystemClock())
        self._origin = secrets.token_hex(8).encode()
        self._outbox: deque[tuple[str, bytes]] = deque(maxlen=KEPT)
        self._posted: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._subscriptions = asyncio.Lock()
        self._pubsub: PubSub | None = None
        self._subscribed: set[str] = set()
        self._confirmed: dict[str, asyncio.Event] = {}
        self._reachable = True
        self._closing = False

    def ring(self, topic: str, payload: str = "") -> None:
        """Ring, from any thread."""
        self._listeners.ring(topic, payload)
        if self._loop is None or self._posted is None:
            return
        # Lone surrogates have no UTF-8, and a ring never raises.
        self._outbox.append((CHANNEL + topic, payload.encode("utf-8", "surrogatepass")))
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._posted.set)

    @asynccontextmanager
    async def listen(self, topic: str) -> AsyncIterator[Mailbox]:
        """Listen for as long as the context is open."""
        try:
            async with self._listeners.listen(topic) as mailbox:
                await self._subscribe(topic)
                yield mailbox
        finally:
            await self._unsubscribe(topic)

    async def start(self) -> None:
        """Reach for the server; when it is away, go on without and keep trying."""
        self._loop = asyncio.get_running_loop()
        self._closing = False
        self._posted = asyncio.Event()
        tried = asyncio.Event()
        self._tasks = [
            asyncio.create_task(self._hear(tried), name="bell hears"),
            asyncio.create_task(self._post(self._posted), name="bell rings"),
        ]
        await tried.wait()

    async def close(self) -> None:
        """Leave the server and wake whoever waits, for good."""
        self._loop = None
        self._closing = True
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._tasks = []
        self._listeners.close()
        await self._client.aclose()

    async def _post(self, posted: asyncio.Event) -> None:
        """Send what was rung, all that waits in one go."""
        # A flag besides the cancellation, which the client swallows when it strikes a time-out.
        while not self._closing:
            await posted.wait()
            posted.clear()
            pipeline = self._client.pipeline(transaction=False)
            while self._outbox:
                channel, payload = self._outbox.popleft()
                pipeline.publish(channel, self._origin + payload)
            try:
                await pipeline.execute()
            except (RedisError, OSError) as error:
                self._lost(error)
                await asyncio.sleep(PAUSE_SECONDS)

    async def _hear(self, tried: asyncio.Event) -> None:
        """Pass on what others ring; subscribe anew whenever the connection was lost."""
        while not self._closing:
            try:
                async with self._client.pubsub() as pubsub:
                    async with self._subscriptions:
                        # A topic of our own, as a connection without any cannot be read.
                        topics = {"", *self._listeners.topics()}
                        await pubsub.subscribe(*(CHANNEL + topic for topic in topics))
                        self._subscribed = topics
                        self._pubsub = pubsub
                    await self._pass_on(pubsub, tried)
            except (RedisError, OSError) as error:
                self._lost(error)
            finally:
                self._pubsub = None
            tried.set()
            await asyncio.sleep(PAUSE_SECONDS)

    async def _pass_on(self, pubsub: PubSub, tried: asyncio.Event) -> None:
        asked = False
        while not self._closing:
            message: dict[str, Any] | None = await pubsub.get_message(timeout=SILENCE_SECONDS)
            if message is None:
                if asked:
                    raise TimeoutError("the server has fallen silent")
                await pubsub.ping()
                asked = True
                continue
            asked = False
            self._found()
            tried.set()
            topic = _topic(message)
            if message["type"] == "subscribe" and topic in self._confirmed:
                self._confirmed[topic].set()
            elif message["type"] == "message":
                data: bytes = message["data"]
                if not data.startswith(self._origin):  # our own ring was heard here already
                    payload = data[len(self._origin) :].decode("utf-8", "surrogatepass")
                    self._listeners.ring(topic, payload)

    async def _subscribe(self, topic: str) -> None:
        """Make sure that the server sends a topic's rings, before its listener goes on."""
        async with self._subscriptions:
            if self._pubsub is None or topic in self._subscribed:
                return  # a new connection will subscribe to all topics
            confirmed = self._confirmed[topic] = asyncio.Event()
            try:
                await self._pubsub.subscribe(CHANNEL + topic)
                self._subscribed.add(topic)
                await asyncio.wait_for(confirmed.wait(), CONFIRM_SECONDS)
            except (RedisError, OSError) as error:
                self._lost(error)
            finally:
                del self._confirmed[topic]

    async def _unsubscribe(self, topic: str) -> None:
        async with self._subscriptions:
            if self._pubsub is not None and topic not in self._listeners.topics():
                self._subscribed.discard(topic)
                with suppress(RedisError, OSError):  # a new connection will leave it out
                    await self._pubsub.unsubscribe(CHANNEL + topic)

    def _lost(self, error: Exception) -> None:
        if self._reachable and not self._closing:
            self._reachable = False
            logger.warning("bell_server_lost", error=str(error))

    def _found(self) -> None:
        if not self._reachable:
            self._reachable = True
            logger.info("bell_server_found")


def _topic(message: dict[str, Any]) -> str:
    channel: bytes = message["channel"] or b""
    return channel.decode("utf-8", "surrogatepass").removeprefix(CHANNEL)
