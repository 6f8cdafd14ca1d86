"""Half-open requests: deadlines, and a most of connections below the limit of descriptors."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from unittest.mock import Mock

import pytest
import uvicorn
from patience import PATIENCE
from structlog.testing import capture_logs
from uvicorn.server import ServerState

from bench.servers import served as product
from solvefirst.http.connections import Connections, Deadlines, most_connections

HALF = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "
WHOLE = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


async def echo(scope, receive, send):
    """Answer with the length of the body, however it comes."""
    assert scope["type"] == "http"
    length, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        length += len(message["body"])
        more = message["more_body"]
    body = str(length).encode()
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@contextlib.asynccontextmanager
async def served(bounds: Connections) -> AsyncIterator[int]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    config = uvicorn.Config(echo, http=bounds.protocol, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext
    task = asyncio.create_task(server.serve([listener]))
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await task


async def said(reader: asyncio.StreamReader) -> bytes:
    with contextlib.suppress(ConnectionError):
        return await reader.read()
    return b""


@pytest.mark.parametrize(
    "sent", [b"", b"GET / HT", HALF, b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n123"]
)
async def test_a_request_that_is_not_finished_in_time_is_closed_with_408(sent):
    async with served(Connections(10, Deadlines(header=0.1, body=0.1))) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        assert (await said(reader)).startswith(b"HTTP/1.1 408 ")
        writer.close()


async def test_blank_lines_after_an_answer_do_not_keep_a_connection_open():
    async with served(Connections(10, Deadlines(header=0.1, body=0.1))) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(WHOLE)
        await reader.readuntil(b"\r\n\r\n0")
        writer.write(b"\r\n")
        assert b"408" in await said(reader)
        writer.close()


class Loop:
    """A loop whose time is moved by hand; it holds the one timer that was set last."""

    def __init__(self) -> None:
        self.now, self.timer = 0.0, None

    def time(self) -> float:
        return self.now

    def call_later(self, seconds, act):
        self.timer = (self.now + seconds, act)
        return Mock()

    def create_task(self, work):
        work.close()
        return Mock()

    def advance(self, seconds: float) -> None:
        self.now += seconds
        if self.timer is not None and self.timer[0] <= self.now:
            (_, act), self.timer = self.timer, None
            act()


async def test_a_body_that_keeps_coming_has_more_time_than_the_first_seconds():
    loop, transport = Loop(), Mock()
    transport.is_closing.return_value = False
    config = uvicorn.Config(echo, lifespan="off", log_config=None)
    bounds = Connections(10, Deadlines(header=10, body=20))
    one = bounds.protocol(config=config, server_state=ServerState(), app_state={}, _loop=loop)
    transport.get_protocol.return_value = one
    one.connection_made(transport)
    one.data_received(b"POST / HTTP/1.1\r\nContent-Length: 9000\r\n\r\n")
    loop.advance(19)
    one.data_received(b"x" * 5000)
    loop.advance(5.9)  # five kilobytes stand for five seconds more
    transport.close.assert_not_called()
    loop.advance(0.2)
    transport.close.assert_called_once()


async def test_a_full_process_closes_what_it_has_waited_for_longest_and_says_so_once():
    bounds = Connections(5)
    with capture_logs() as logs:
        async with served(bounds) as port:
            half = []
            for _ in range(20):
                half.append(await asyncio.open_connection("127.0.0.1", port))
                half[-1][1].write(HALF)
                await asyncio.sleep(0)
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(WHOLE)
            assert (await reader.readline()) == b"HTTP/1.1 200 OK\r\n"
            assert await said(half[0][0]) == b""
            for _, item in (*half, (reader, writer)):
                item.close()
    assert [log["event"] for log in logs] == ["connections_full"]


async def test_keep_alive_and_pipelined_requests_are_answered_as_before():
    async with served(Connections(10, Deadlines(header=0.5, body=0.5))) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(3):
            writer.write(WHOLE)
            await reader.readuntil(b"\r\n\r\n0")
        writer.write(WHOLE + WHOLE + WHOLE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert (await said(reader)).count(b"HTTP/1.1 200 OK") == 3
        writer.close()


@pytest.mark.parametrize(("descriptors", "most"), [(100, 50), (1024, 896), (1_000_000, 10_000)])
def test_connections_stay_below_the_limit_of_descriptors(descriptors, most):
    assert most_connections(descriptors) == most
    assert most_connections(descriptors, wanted=20) == 20


@pytest.mark.slow
async def test_a_citizen_is_answered_while_hundreds_of_requests_are_half_open(tmp_path):
    start = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256));"
        "from solvefirst.cli import main; sys.argv[0] = 'solvefirst'; main()"
    )
    async with product(tmp_path, program=("-c", start, "serve")) as server:
        with contextlib.ExitStack() as half:
            for _ in range(400):
                one = half.enter_context(socket.socket())
                one.settimeout(PATIENCE)
                one.connect(("127.0.0.1", server.port))
                with contextlib.suppress(ConnectionError):
                    one.send(HALF)
            for _ in range(20):
                async with asyncio.timeout(8):  # before deadlines close what is half open
                    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
                    writer.write(WHOLE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
                    assert (await said(reader)).startswith(b"HTTP/1.1 200 ")
                    writer.close()
    assert (tmp_path / "server.log").read_text().count("connections_full") == 1
