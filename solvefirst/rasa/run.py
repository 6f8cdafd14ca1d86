"""Run `solvefirst rasa`: environment, training, Rasa server and action server in one command."""

import contextlib
import signal
import socket
import subprocess
import sys
import time

from pydantic import ValidationError
from rich.console import Console

from bot.dialogue.engine.embedded.problems import ProjectInvalid
from solvefirst.project import ROOT
from solvefirst.rasa.environment import NotBuilt, prepare
from solvefirst.rasa.server import LOOPBACK, NotStarted, RasaServer
from solvefirst.rasa.training import NotTrained, train
from solvefirst.settings import Settings


def run(console: Console, *, port: int, actions_port: int, only_prepare: bool) -> int:
    """Make what is missing, then serve until interrupted; return 0 when it was stopped."""
    try:
        settings = Settings()
        python = prepare(console)
        model = train(python, settings.project or ROOT, console)
    except (NotBuilt, NotTrained, ProjectInvalid, ValidationError) as error:
        console.print("[red]Rasa did not start.[/red]")
        console.print(str(error), markup=False, soft_wrap=True)
        return 2
    if only_prepare:
        return 0
    server = RasaServer(
        python,
        model,
        settings.var / "rasa",
        port=port,
        actions=f"http://{LOOPBACK}:{actions_port}/webhook",
    )
    if (taken := _taken(port)) or _taken(actions_port):
        console.print(
            f"[red]Port {port if taken else actions_port} is in use.[/red]"
            " Does a Rasa run already? Else choose with --port and --actions-port."
        )
        return 2
    return _serve(server, actions_port, console)


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0


def _serve(server: RasaServer, actions_port: int, console: Console) -> int:
    actions = subprocess.Popen(
        [sys.executable, "-m", "solvefirst", "actions", "--port", str(actions_port)],
        start_new_session=True,
    )
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with console.status("Rasa starts (about 10 seconds) ..."):
            server.start()
            server.wait()
        console.print(f"  Rasa          {server.url}   (log: {server.log})")
        console.print("\n  Now, in another terminal: SOLVEFIRST_ENGINE=rasa make run\n")
        while server.running() and actions.poll() is None:
            time.sleep(0.5)
        console.print("[red]One of the two servers ended.[/red] The reason is in its log.")
    except NotStarted as error:
        console.print(f"[red]{error}[/red]")
    except KeyboardInterrupt:
        console.print("Stopped. Conversations are kept.")
        return 0
    finally:
        server.stop()
        actions.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            actions.wait(10)
    return 2
