"""Start, time, weigh and stop a server under test in its own process."""

import asyncio
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

import psutil

ROOT = Path(__file__).resolve().parents[1]

SERVICE = "the-service-token-of-a-measurement"
"""Service token of every server that `served` starts."""


PORTS = range(10_000, 32_000)
"""Ports below the system's range of ephemeral ports."""


def free_port() -> int:
    """Return a free port, and reserve it among callers of this function.

    The UDP port of the same number stays open until this process ends, so that the TCP port stays
    reserved while a server starts, or is killed and restarted.
    """
    while True:
        port = random.choice(PORTS)
        reservation = socket.socket(type=socket.SOCK_DGRAM)
        try:
            reservation.bind(("127.0.0.1", port))
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            reservation.close()
            continue
        reservation.detach()  # keeps it open without an owner
        return port


class Process(Protocol):
    """What is used of `subprocess.Popen`."""

    pid: int

    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, number: int, /) -> None: ...
    def kill(self) -> None: ...


Spawn = Callable[[Sequence[str], dict[str, str], IO[bytes]], Process]


def spawned(command: Sequence[str], env: dict[str, str], output: IO[bytes]) -> Process:
    """Start a child process of this Python interpreter; both its streams go to `output`."""
    return subprocess.Popen(
        Server.command(*command), cwd=ROOT, env=env, stdout=output, stderr=output
    )


spawn: Spawn = spawned
"""How servers are started; tests start them as forks."""

SETTINGS: dict[str, str] = {}
"""Default settings of all servers; tests set longer limits here."""


@dataclass(slots=True)
class Server:
    """A running server. `start_seconds` is from the spawn to its first successful answer."""

    process: Process
    port: int
    start_seconds: float

    @staticmethod
    def command(*words: str) -> list[str]:
        """Return the arguments of one of our commands, run by this Python."""
        return [sys.executable, *words]

    @staticmethod
    def environment(ours: Mapping[str, str] | None) -> dict[str, str]:
        """Return a server's environment: this process's without its settings, plus `ours`."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SOLVEF")}
        return {**kept, **SETTINGS, **(ours or {})}

    @classmethod
    async def start(
        cls,
        command: Sequence[str],
        port: int,
        *,
        ready: str,
        env: Mapping[str, str] | None = None,
        log: Path,
        patience: float = 100.0,
    ) -> "Server":
        """Spawn `command` and wait until `GET ready` answers 200.

        Raises:
            RuntimeError: it ended, or did not answer in time; its output is in the message.
        """
        began = time.perf_counter()
        with log.open("ab") as output:
            process = spawn(command, cls.environment(env), output)
        while time.perf_counter() - began < patience:
            if process.poll() is not None:
                break
            if await answers(port, ready):
                return cls(process, port, time.perf_counter() - began)
            await asyncio.sleep(0.01)
        process.kill()
        process.wait()
        raise RuntimeError(f"{' '.join(command)} did not start:\n{log.read_text()[-4000:]}")

    @property
    def base(self) -> str:
        """The server's address."""
        return f"http://127.0.0.1:{self.port}"

    def resident(self) -> float:
        """Return the resident memory of the process and its children, MiB."""
        top = psutil.Process(self.process.pid)
        return sum(item.memory_info().rss for item in (top, *top.children(recursive=True))) / 2**20

    def processor_seconds(self) -> float:
        """Return the processor time of the process so far, user and system."""
        times = psutil.Process(self.process.pid).cpu_times()
        return times.user + times.system

    def stop(self) -> int:
        """Interrupt the server as Ctrl-C does; return its exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=60)

    def kill(self) -> None:
        """Kill the server at once, like a power failure."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=60)


UNLIMITED = (
    "SOCKETS",
    "SOCKETS_ALL",
    "CONVERSATIONS",
    "CONVERSATIONS_ALL",
    "MESSAGES",
    "MESSAGES_ALL",
)


def defaults(folder: Path, port: int) -> dict[str, str]:
    """Return the settings of a server under load: demo mode, quiet logs, no limits."""
    return {
        "SOLVEFIRST_PORT": str(port),
        "SOLVEFIRST_VAR": str(folder / "var"),
        "SOLVEFIRST_DEMO": "1",
        "SOLVEFIRST_SERVICE_TOKEN": SERVICE,
        "SOLVEFIRST_LOG_LEVEL": "warning",
        # All load comes from one address.
        **{f"SOLVEFIRST_LIMIT_{what}": "0" for what in UNLIMITED},
    }


@asynccontextmanager
async def served(
    folder: Path,
    *,
    only: str | None = None,
    program: Sequence[str] = ("-m", "solvefirst", "serve"),
    **settings: str,
) -> AsyncIterator[Server]:
    """Serve the whole product, or the part that `only` names, with its data under `folder`/var.

    It runs in demo mode and with few logs, unless `settings` (`SOLVEFIRST_…`) change that. With the
    same folder it uses the same data again.
    """
    port = int(settings.get("SOLVEFIRST_PORT") or free_port())
    server = await Server.start(
        (*program, *(() if only is None else ("--only", only))),
        port,
        ready="/health/ready",
        env={**defaults(folder, port), **settings},
        log=folder / "server.log",
    )
    try:
        yield server
    finally:
        server.stop()


async def answers(port: int, path: str) -> bool:
    """Return whether `GET path` answers 200 now."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    try:
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
        )
        return (await reader.readline()).split(b" ")[1:2] == [b"200"]
    except OSError:
        return False
    finally:
        writer.close()
