"""Limit the connections of one process: deadlines of a request, and the number of connections.

uvicorn with httptools waits for ever for a header or a body, and accepts connections until the
process has no file descriptor left. `Connections.protocol` is uvicorn's protocol with deadlines. A
full process closes the connection that has waited longest, so that half-open requests of one peer
cannot block others.
"""

import resource
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from kernel.logging import get_logger

RESERVED = 128
"""File descriptors that are reserved for stores, logs, files and calls to other services."""

MOST = 10_000
"""Most connections of a process, at any limit of descriptors."""

SLOWEST = 1_000
"""Least average rate of a body in bytes per second, after its first seconds."""

LOG_SECONDS = 60.0

logger = get_logger(__name__)


class ConnectionPhase(Enum):
    """What a connection waits for; for `ANSWER` it waits for the service itself."""

    HEADER = "header"
    BODY = "body"
    ANSWER = "answer"
    NEXT = "next request"


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds for a whole header, and for a body before the least rate applies."""

    header: float = 10.0
    body: float = 20.0


def raise_descriptor_limit() -> int:
    """Raise the soft limit of file descriptors to the hard one; return the new limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * MOST if hard == resource.RLIM_INFINITY else min(hard, 2 * MOST)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return 2 * MOST if soft == resource.RLIM_INFINITY else soft
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted


def most_connections(descriptors: int, wanted: int | None = None) -> int:
    """Return how many connections fit below a limit of descriptors; `wanted` may be fewer."""
    room = max(descriptors - RESERVED, descriptors // 2)
    return min(wanted or MOST, room)


class Connections:
    """The connections of one process that wait for their peer, least recently active first."""

    def __init__(self, most: int, deadlines: Deadlines | None = None) -> None:
        self.most = most
        self.deadlines = deadlines or Deadlines()
        self._waiting: OrderedDict[GuardedProtocol, None] = OrderedDict()
        self._counted: dict[str, int] = {}
        self._logged: dict[str, float] = {}

    @property
    def protocol(self) -> Callable[..., "GuardedProtocol"]:
        """Make uvicorn's protocol for one connection."""
        return partial(GuardedProtocol, bounds=self)

    def admit(self, new: "GuardedProtocol") -> bool:
        """Free a place for a connection; false when all others are being answered."""
        if len(new.connections) <= self.most:
            return True
        if not self._waiting:
            self.note("connections_full", new.loop.time())
            return False
        oldest, _ = self._waiting.popitem(last=False)
        self.note("connections_full", new.loop.time())
        oldest.drop()
        return True

    def heard(self, connection: "GuardedProtocol") -> None:
        """Move a connection that waits for its peer behind all others."""
        self._waiting[connection] = None
        self._waiting.move_to_end(connection)

    def forget(self, connection: "GuardedProtocol") -> None:
        """Remove a connection that is being answered or closed."""
        self._waiting.pop(connection, None)

    def note(self, event: str, now: float) -> None:
        """Log an event at most once a minute, with its count since the last log line."""
        self._counted[event] = self._counted.get(event, 0) + 1
        if event in self._logged and now - self._logged[event] < LOG_SECONDS:
            return
        self._logged[event] = now
        logger.warning(event, times=self._counted.pop(event), most=self.most)


class GuardedProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol with deadlines for header and body."""

    def __init__(self, *args: Any, bounds: Connections, **more: Any) -> None:  # noqa: ANN401 - uvicorn's own
        super().__init__(*args, **more)
        self._bounds = bounds
        self._phase = ConnectionPhase.HEADER
        self._armed: ConnectionPhase | None = None
        self._deadline: Any = None
        self._since = 0.0
        self._received = 0

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401 - asyncio's or uvloop's
        """Accept a connection, or close it at once when the process is full."""
        super().connection_made(transport)
        if not self._bounds.admit(self):
            self.drop()
            return
        self._bounds.heard(self)
        self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        """Remove the connection."""
        self._leave()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read data, and set the deadline of the missing part."""
        if self._phase is ConnectionPhase.NEXT:
            self._phase = ConnectionPhase.HEADER
        super().data_received(data)
        if self.transport.is_closing() or self.transport.get_protocol() is not self:
            return
        if self._phase in (ConnectionPhase.HEADER, ConnectionPhase.BODY):
            self._bounds.heard(self)
        if self._phase is not self._armed:
            self._arm()

    def handle_websocket_upgrade(self) -> None:
        """Pass the connection to the WebSocket protocol, which has its own time-outs."""
        self._leave()
        super().handle_websocket_upgrade()

    def on_message_begin(self) -> None:
        """Record that a header has begun."""
        super().on_message_begin()
        self._phase = ConnectionPhase.HEADER

    def on_headers_complete(self) -> None:
        """Record that the body is next."""
        super().on_headers_complete()
        self._phase, self._received = ConnectionPhase.BODY, 0

    def on_body(self, body: bytes) -> None:
        """Count the received bytes."""
        self._received += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Record that the request is complete."""
        super().on_message_complete()
        # An answer may end before its request; then the next header is already due.
        cycle: RequestResponseCycle | None = self.cycle  # none before the first request
        over = cycle is not None and cycle.response_complete
        self._phase = ConnectionPhase.HEADER if over else ConnectionPhase.ANSWER
        self._bounds.forget(self)

    def on_response_complete(self) -> None:
        """Record that the peer may send a new request; until then uvicorn's own time-out runs."""
        super().on_response_complete()
        if (
            self._phase is ConnectionPhase.ANSWER
            and not self.pipeline
            and not self.transport.is_closing()
        ):
            self._phase = ConnectionPhase.NEXT
            self._bounds.heard(self)

    def drop(self) -> None:
        """Close the connection now, so that it no longer counts."""
        self._leave()
        self.connections.discard(self)
        self.transport.abort()

    def _leave(self) -> None:
        self._bounds.forget(self)
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _arm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        self._armed = self._phase
        limits = self._bounds.deadlines
        if self._phase is ConnectionPhase.HEADER:
            self._deadline = self.loop.call_later(limits.header, self._late)
        elif self._phase is ConnectionPhase.BODY:
            self._since = self.loop.time()
            self._deadline = self.loop.call_later(limits.body, self._late)

    def _late(self) -> None:
        """Close a connection whose peer is too slow, unless we have paused reading from it."""
        self._deadline = None
        if self.transport.is_closing():
            return
        if self.flow.read_paused:
            self._arm()
            return
        if self._phase is ConnectionPhase.BODY:
            allowed = self._bounds.deadlines.body + self._received / SLOWEST
            left = self._since + allowed - self.loop.time()
            if left > 0:
                self._deadline = self.loop.call_later(left, self._late)
                return
        self._bounds.note(f"{self._phase.value}_too_slow", self.loop.time())
        self._leave()
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is None or cycle.response_complete or not cycle.response_started:
            self.transport.write(
                b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
            )
        self.transport.close()
