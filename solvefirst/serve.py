"""Run `solvefirst serve`: one process on one port."""

import contextlib
import errno
import gc
import logging
import socket
import sys
from typing import Any

import uvicorn
from pydantic import ValidationError
from rich.console import Console
from starlette.types import ASGIApp

from api.catalogue.store.loading import CatalogueInvalid
from bot.dialogue.engine.embedded.problems import ProjectInvalid
from bot.store.process_lock import NotAlone
from kernel.logging import configure as configure_logging
from nlu.classify import ModelUnusable
from solvefirst import roles
from solvefirst.documents.personal_data import hidden_in_logs
from solvefirst.http.connections import (
    Connections,
    Deadlines,
    most_connections,
    raise_descriptor_limit,
)
from solvefirst.http.door import behind_door
from solvefirst.metrics.requests import RequestTimes
from solvefirst.settings import Settings
from solvefirst.wiring.assembly import Process, assemble, web_app
from solvefirst.wiring.foundation import NotConfigured

EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - what the operator chose, compared and not bound
GARBAGE = 20_000
"""New objects until the garbage collector runs: some megabytes."""

WRONG = (CatalogueInvalid, ModelUnusable, NotAlone, NotConfigured, ProjectInvalid, ValueError)
"""Errors that the operator can correct: printed without a traceback."""


def run(only: str | None, given: dict[str, Any], console: Console) -> int:
    """Serve until interrupted; return 0 when it was stopped, 2 when it could not start."""
    try:
        settings = Settings(**given)
    except ValidationError as error:
        for problem in error.errors():
            name = "SOLVEFIRST_" + "_".join(map(str, problem["loc"])).upper()
            console.print(f"[red]{name}[/red]: {problem['msg']}")
        return 2
    configure_logging(settings.log_level.upper(), json=settings.log_json, hide=hidden_in_logs())
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    listener = _listen(settings, console)
    if listener is None:
        return 2
    try:
        process = assemble(settings, only)
        process.claim()
        app = served(process, only)
    except WRONG as error:
        console.print("[red]SolveFirst did not start.[/red]")
        console.print(str(error), markup=False, soft_wrap=True)
        console.print("`solvefirst doctor` looks at everything else.")
        return 2
    port = listener.getsockname()[1]
    _greet(settings, only, port, console)
    if settings.engine == "rasa" and only in (None, "bot"):
        _greet_rasa(settings, console)
    most = most_connections(raise_descriptor_limit(), settings.connections)
    bounds = Connections(most, Deadlines(settings.header_timeout, settings.body_timeout))
    config = uvicorn.Config(
        app,
        http=bounds.protocol,  # type: ignore[arg-type]  # called as a class is
        loop="uvloop" if sys.platform != "win32" else "auto",
        ws="websockets-sansio",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,  # `behind_door` applies those of trusted proxies
        ws_max_size=1024 * 1024,
        timeout_graceful_shutdown=5,
    )
    server = uvicorn.Server(config)
    _settle_memory()
    # Ctrl-C: uvicorn shuts down in order and then raises the signal again.
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listener])
    if not server.started:
        console.print("[red]SolveFirst did not start.[/red] The reason is in the lines above.")
        return 2
    console.print("Stopped. Everything that was acknowledged is kept.")
    return 0


def served(process: Process, only: str | None = None) -> ASGIApp:
    """Make the outermost app of a process: its web app with host check, and timed for metrics."""
    app, base = web_app(process, only), process.base
    door = behind_door(app, base.settings)
    if base.settings.metrics_token is None:
        return door
    return RequestTimes(door, base.metrics, app.router.routes)


def _settle_memory() -> None:
    """Exclude long-lived objects (code, catalogue, rules, model) from garbage collection.

    The collector would scan them again and again, which takes about a tenth of a message's time.
    Few objects of a turn form reference cycles, so it can run rarely. About a thousand garbage
    objects of the start are kept, because finding them would take a tenth of the start.
    """
    gc.freeze()
    gc.enable()  # `solvefirst serve` disables it during the start
    gc.set_threshold(GARBAGE, 20, 50)


def _listen(settings: Settings, console: Console) -> socket.socket | None:
    listener = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        reason = "is in use" if error.errno == errno.EADDRINUSE else error.strerror
        console.print(
            f"[red]{settings.host}:{settings.port} {reason}.[/red]"
            " Stop what listens there, or set SOLVEFIRST_PORT."
        )
        return None
    return listener


def _greet_rasa(settings: Settings, console: Console) -> None:
    from solvefirst.rasa.looking import look_at_rasa  # noqa: PLC0415 - not for the usual start

    for finding in look_at_rasa(settings):
        console.print(f"  {finding.subject:15}{finding.seen}", markup=False, soft_wrap=True)
        if finding.advice:
            console.print(f"  {'':15}{finding.advice}\n", markup=False, soft_wrap=True)


def _greet(settings: Settings, only: str | None, port: int, console: Console) -> None:
    host = "localhost" if settings.host in EVERYWHERE else settings.host
    base = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    lines = []
    if only in (None, "bot"):
        access = "open: demo mode" if settings.demo else "wants the service token"
        lines.append(("web chat", f"{base}/"))
        lines.append(("REST channel", f"{base}/webhooks/rest/webhook   ({access})"))
        if settings.telegram_token is not None:
            posted = settings.telegram_webhook_url is not None
            lines.append(("Telegram", "updates are posted" if posted else "updates are polled for"))
    if only in (None, "api"):
        lines.insert(1, ("staff console", f"{base}/console/"))
        lines.insert(2, ("API", f"{base}/docs"))
    console.print("\n  [bold]SolveFirst[/bold]\n")
    for name, address in lines:
        console.print(f"  {name:14}{address}", soft_wrap=True)
    if only == "jobs":
        console.print("  jobs run; health at", f"{base}/health/live")
    for need in roles.missing(settings, only) if only is not None else ():
        console.print(
            f"  {need.setting} is not set. {need.without}", style="yellow", soft_wrap=True
        )
    console.print(f"\n  data under {settings.var} · Ctrl-C stops\n")
