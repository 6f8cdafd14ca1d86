"""Bell for many processes, over publish and subscribe of Valkey (or Redis)."""

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

from kernel.backoff import Backoff
from kernel.bell.listeners import Listeners, Mailbox
from kernel.clock import Clock, SystemClock
from kernel.logging import get_logger
from kernel.supervisor import Supervisor, TryAgain

CHANNEL = "solvefirst:"

KEPT = 10_000
"""Signals that wait to be sent; beyond that the oldest are dropped."""

SILENCE_SECONDS = 15.0
"""Seconds of silence after which the server is pinged; after twice as long it counts as lost."""

PAUSE_SECONDS = 1.0
"""Seconds between the first attempts to reconnect; later waits grow to ten times as long."""

CONFIRM_SECONDS = 1.0
"""Seconds that a new listener waits for the server to confirm its subscription."""

RINGS = "bell-rings"
"""Name of the background tasks that send signals."""

logger = get_logger(__name__)


class ValkeyBell:
    """Deliver signals to this process directly, and to other processes through the server.

    While the server is unreachable, signals reach this process only. The connection's loop then
    fails, but the process stays ready. Belongs to the event loop in which it is started.

    Args:
        url: `redis://…` or `rediss://…`.
        clock: measures the listeners' time-outs.
        supervisor: runs the connection to the server.
    """

    def __init__(
        self, url: str, clock: Clock | None = None, *, supervisor: Supervisor | None = None
    ) -> None:
        self._client = Redis.from_url(
            url,
            retry=Retry(NoBackoff(), 0),
            socket_connect_timeout=2,
            socket_timeout=5,
            socket_keepalive=True,
        )
        self._listeners = Listeners(clock or SystemClock())
        self._supervisor = supervisor or Supervisor(clock or SystemClock())
        self._hearing = self._supervisor.service(
            "bell",
            self._hear,
            backoff=Backoff(PAUSE_SECONDS, longest=10 * PAUSE_SECONDS),
            vital=False,
        )
        self._origin = secrets.token_hex(8).encode()
        self._outbox: deque[tuple[str, bytes]] = deque(maxlen=KEPT)
        self._tried = asyncio.Event()
        self._sending = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._subscriptions = asyncio.Lock()
        self._pubsub: PubSub | None = None
        self._subscribed: set[str] = set()
        self._confirmed: dict[str, asyncio.Event] = {}
        self._closing = False

    def ring(self, topic: str, payload: str = "") -> None:
        """Send a signal; may be called from any thread."""
        self._listeners.ring(topic, payload)
        if self._loop is None:
            return
        # Lone surrogates have no UTF-8 encoding, and sending a signal never raises.
        self._outbox.append((CHANNEL + topic, payload.encode("utf-8", "surrogatepass")))
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._send)

    @asynccontextmanager
    async def listen(self, topic: str) -> AsyncIterator[Mailbox]:
        """Listen while the context is open."""
        try:
            async with self._listeners.listen(topic) as mailbox:
                await self._subscribe(topic)
                yield mailbox
        finally:
            await self._unsubscribe(topic)

    async def start(self) -> None:
        """Connect to the server; when it is unreachable, work without it and keep trying."""
        self._loop = asyncio.get_running_loop()
        self._closing = False
        self._tried = asyncio.Event()
        self._hearing.start()
        await self._tried.wait()

    async def close(self) -> None:
        """Disconnect, close all listeners and wake their waiters."""
        self._loop = None
        self._closing = True
        await self._hearing.stop()
        await self._supervisor.end(RINGS)
        self._listeners.close()
        await self._client.aclose()

    def _send(self) -> None:
        """Send buffered signals, unless that is under way; without a server they stay buffered."""
        if self._outbox and not self._sending and self._pubsub is not None:
            self._sending = True
            self._supervisor.spawn(RINGS, self._post(), ended=self._sent)

    def _sent(self, _: BaseException | None) -> None:
        self._sending = False
        self._send()

    async def _post(self) -> None:
        """Publish all buffered signals in one pipeline."""
        pipeline = self._client.pipeline(transaction=False)
        while self._outbox:
            channel, payload = self._outbox.popleft()
            pipeline.publish(channel, self._origin + payload)
        try:
            await pipeline.execute()
        except (RedisError, OSError) as error:
            logger.info("rings_not_sent", error=str(error))

    async def _hear(self) -> None:
        """Deliver the signals of other processes until the connection is lost."""
        try:
            async with self._client.pubsub() as pubsub:
                async with self._subscriptions:
                    # Subscribe to a topic of our own: a connection without any cannot be read.
                    topics = {"", *self._listeners.topics()}
                    await pubsub.subscribe(*(CHANNEL + topic for topic in topics))
                    self._subscribed = topics
                    self._pubsub = pubsub
                await self._pass_on(pubsub)
        except (RedisError, OSError) as error:
            raise TryAgain(str(error)) from error
        finally:
            self._pubsub = None
            self._tried.set()

    async def _pass_on(self, pubsub: PubSub) -> None:
        asked = False
        # A flag besides the cancellation: the client swallows one that meets a time-out.
        while not self._closing:
            message: dict[str, Any] | None = await pubsub.get_message(timeout=SILENCE_SECONDS)
            if message is None:
                if asked:
                    raise TimeoutError("the server has fallen silent")
                await pubsub.ping()
                asked = True
                continue
            asked = False
            self._hearing.succeeded()
            self._tried.set()
            self._send()
            topic = _topic(message)
            if message["type"] == "subscribe" and topic in self._confirmed:
                self._confirmed[topic].set()
            elif message["type"] == "message":
                data: bytes = message["data"]
                if not data.startswith(self._origin):  # our own signal was delivered locally
                    payload = data[len(self._origin) :].decode("utf-8", "surrogatepass")
                    self._listeners.ring(topic, payload)

    async def _subscribe(self, topic: str) -> None:
        """Subscribe to a topic at the server before its listener goes on."""
        async with self._subscriptions:
            if self._pubsub is None or topic in self._subscribed:
                return  # a new connection subscribes to all topics
            confirmed = self._confirmed[topic] = asyncio.Event()
            try:
                await self._pubsub.subscribe(CHANNEL + topic)
                self._subscribed.add(topic)
                await asyncio.wait_for(confirmed.wait(), CONFIRM_SECONDS)
            except (RedisError, OSError) as error:
                # The connection is lost: `_hear` makes a new one, which subscribes to all topics.
                logger.info("bell_topic_not_confirmed", error=str(error))
            finally:
                del self._confirmed[topic]

    async def _unsubscribe(self, topic: str) -> None:
        async with self._subscriptions:
            if self._pubsub is not None and topic not in self._listeners.topics():
                self._subscribed.discard(topic)
                with suppress(RedisError, OSError):  # a new connection does not subscribe to it
                    await self._pubsub.unsubscribe(CHANNEL + topic)


def _topic(message: dict[str, Any]) -> str:
    channel: bytes = message["channel"] or b""
    return channel.decode("utf-8", "surrogatepass").removeprefix(CHANNEL)
