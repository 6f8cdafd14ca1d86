"""Start, await and stop the Rasa server's process on loopback."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from solvefirst.project import ROOT
from solvefirst.rasa.training import environment

LOOPBACK = "127.0.0.1"
PORT = 5005
ACTIONS_PORT = 5055
PATIENCE = 120.0
"""Longest start in seconds; about ten are usual, more on a busy machine."""


class NotStarted(Exception):  # noqa: N818 - a state
    """The server ended, or did not answer in time; the message has its last log lines."""


@dataclass
class RasaServer:
    """One `rasa run`: REST channel and HTTP API on loopback, trackers in an SQLite file.

    `folder` holds its tracker store, log and settings. `actions` is the action server's address.
    Anyone who can connect to the port can write and read every conversation: keep it on loopback.
    """

    python: Path
    model: Path
    folder: Path
    port: int = PORT
    actions: str = f"http://{LOOPBACK}:{ACTIONS_PORT}/webhook"
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """The server's address."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def log(self) -> Path:
        """The server's log file."""
        return self.folder / "rasa.log"

    @property
    def pid(self) -> int:
        """The process id; 0 when it does not run."""
        return self._process.pid if self._process is not None else 0

    def start(self) -> None:
        """Start the server; `wait` returns when it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        endpoints = self.folder / "endpoints.yml"
        tracker = self.folder.resolve() / "tracker.db"
        endpoints.write_text(
            f'action_endpoint:\n  url: "{self.actions}"\n'
            f'tracker_store:\n  type: SQL\n  dialect: sqlite\n  db: "{tracker}"\n'
        )
        credentials = self.folder / "credentials.yml"
        credentials.write_text("rest:\n")
        command = [
            str(self.python), "-m", "rasa", "run", "--enable-api",
            "--interface", LOOPBACK, "--port", str(self.port),
            "--model", str(self.model.resolve()),
            "--endpoints", str(endpoints.resolve()),
            "--credentials", str(credentials.resolve()),
        ]  # fmt: skip
        with self.log.open("ab") as kept:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=kept,
                stderr=kept,
                start_new_session=True,  # Ctrl-C must not reach it; we stop it in order
            )

    def wait(self, patience: float = PATIENCE, pause: Callable[[float], None] = time.sleep) -> None:
        """Wait until the server has loaded its model.

        Raises:
            NotStarted: it ended, or took longer than `patience` seconds.
        """
        until = time.monotonic() + patience
        while time.monotonic() < until:
            if self._process is None or self._process.poll() is not None:
                raise NotStarted(f"Rasa ended; all of it is in {self.log}:\n{self._last_words()}")
            try:
                if httpx.get(f"{self.url}/status", timeout=2).is_success:
                    return
            except httpx.TransportError:
                pass
            pause(0.2)
        self.stop()
        raise NotStarted(f"Rasa did not answer within {patience:g} s; see {self.log}.")

    def running(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.poll() is None

    def stop(self, *, kill: bool = False) -> None:
        """Stop the server in order; with `kill` at once, like a power failure."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        os.killpg(process.pid, signal.SIGKILL if kill else signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _last_words(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-8:])
