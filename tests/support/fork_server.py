"""Start served processes as forks of one that has imported the product.

Imports are two thirds of a start; a test process that starts twenty servers imports once. Run as a
program, this module is the process that is forked: it takes requests on a Unix socket until its
standard input ends.
"""

import gc
import importlib
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, NoReturn

ROOT = Path(__file__).parents[2]
PRODUCT = ["-m", "solvefirst"]
"""What a command begins with that may be forked."""

MODULES = (
    "alembic.command",
    "fastapi_offline",
    "holidays.countries.china",
    "kernel.bell.valkey",
    "kernel.jobs.embedded",
    "kernel.jobs.fleet",
    "kernel.limiter.valkey",
    "solvefirst.cli",
    "solvefirst.metrics.endpoint",
    "solvefirst.nlu.models",
    "solvefirst.serve",
    "solvefirst.wiring.case_side",
    "solvefirst.wiring.citizen_side",
    "solvefirst.wiring.push",
    "uvicorn.lifespan.on",
    "uvicorn.protocols.websockets.websockets_sansio_impl",
)
"""What serving imports; what is forgotten here is imported by each process for itself."""


class ForkedProcess:
    """A served process, with what is used of `subprocess.Popen`."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self.pid = int(self._read(None))
        self.returncode: int | None = None

    def _read(self, timeout: float | None) -> bytes:
        self._line.settimeout(timeout)
        found = self._line.recv(64)
        if not found:
            raise RuntimeError("the fork server has died")
        return found

    def poll(self) -> int | None:
        """Give the exit status, or none while it runs."""
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end; give the exit status, negative for a signal."""
        if self.returncode is None:
            try:
                self.returncode = int(self._read(timeout))
            except (BlockingIOError, TimeoutError):
                raise subprocess.TimeoutExpired(PRODUCT, timeout or 0) from None
            self._line.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


class ForkServer:
    """The process that is forked; it starts with the first request and ends with this one."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="sf-fork-", ignore_cleanup_errors=True)
        self._path = str(Path(self._folder.name) / "line")
        self._process: subprocess.Popen[bytes] | None = None

    def spawn(
        self, command: Sequence[str], env: dict[str, str], output: IO[bytes]
    ) -> ForkedProcess:
        """Run a command of the product."""
        if self._process is None:
            self._start(env)
        request = json.dumps({"words": command[len(PRODUCT) :], "env": env}).encode()
        line = socket.socket(socket.AF_UNIX)
        try:
            line.connect(self._path)
            socket.send_fds(line, [len(request).to_bytes(4)], [output.fileno()])
            line.sendall(request)
            return ForkedProcess(line)
        except BaseException:
            line.close()
            raise

    def _start(self, env: dict[str, str]) -> None:
        plain = {name: value for name, value in env.items() if not name.startswith("SOLVEFIRST_")}
        self._process = subprocess.Popen(
            [sys.executable, __file__, self._path],
            cwd=ROOT,
            env={**plain, "OPENBLAS_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n"

    def close(self) -> None:
        """End the process that is forked, not what was forked of it."""
        if self._process is not None:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.close()
            self._process.wait()
            self._process.stdout.close()
        self._folder.cleanup()


def _import_product() -> None:
    sys.path[0] = str(ROOT)
    for module in MODULES:
        importlib.import_module(module)
    actions = importlib.import_module("actions")
    for found in pkgutil.walk_packages(actions.__path__, "actions."):
        importlib.import_module(found.name)


def _serve(path: str) -> None:
    """Fork for each request, until standard input ends."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        print("ready", flush=True)  # noqa: T201 - what the parent waits for
        while True:
            ready, _, _ = select.select([listener, sys.stdin], [], [])
            if sys.stdin in ready:
                return
            line, _ = listener.accept()
            with line:
                if os.fork() == 0:
                    listener.close()
                    _watch(line)


def _watch(line: socket.socket) -> NoReturn:
    """Run what is asked for in a fork, and tell how it ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    head, (output,), _, _ = socket.recv_fds(line, 4, 1)
    request = b""
    while len(request) < int.from_bytes(head):
        request += line.recv(65536)
    asked = json.loads(request)
    pid = os.fork()
    if pid == 0:
        line.close()
        _run(asked["words"], asked["env"], output)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    line.sendall(b"%d" % pid)
    _, status = os.waitpid(pid, 0)
    try:
        line.sendall(b"%d" % os.waitstatus_to_exitcode(status))
    finally:
        os._exit(0)


def _run(words: list[str], env: dict[str, str], output: int) -> NoReturn:
    os.environ.clear()
    os.environ.update(env)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    sys.argv = ["solvefirst", *words]
    runpy.run_module("solvefirst", run_name="__main__", alter_sys=True)
    sys.exit()


if __name__ == "__main__":
    _import_product()
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the watchers
    _serve(sys.argv[1])
