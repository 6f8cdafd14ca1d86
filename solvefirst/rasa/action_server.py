"""Run `solvefirst actions`: serve the actions over rasa-sdk's HTTP protocol to a Rasa server."""

import asyncio
import logging

import uvicorn
from rasa_sdk.endpoint import create_app
from rich.console import Console

from actions.context import Services, configure
from api.client import ApiClient
from bot.dialogue.engine.embedded.registry import executor_of
from kernel.logging import configure as configure_logging
from solvefirst.documents.personal_data import hidden_in_logs
from solvefirst.project import ACTIONS
from solvefirst.serve import EVERYWHERE
from solvefirst.settings import Settings
from solvefirst.wiring.foundation import Foundation


def run(host: str, port: int, console: Console) -> int:
    """Serve the actions until interrupted.

    The case service runs in another process: at SOLVEFIRST_API_URL, or else at the address where
    `solvefirst serve` runs on this machine, with the service token that both read under var.
    """
    settings = Settings()
    configure_logging(settings.log_level.upper(), json=settings.log_json, hide=hidden_in_logs())
    for server in ("uvicorn", "sanic.root"):  # their banners
        logging.getLogger(server).setLevel(logging.WARNING)
    base = Foundation.lay(settings)
    url = settings.api_url or own_address(settings)
    caller = ApiClient.over_http(url, base.service_token, timeout=settings.api_timeout)
    configure(Services(caller, base.clock))
    executor = executor_of(ACTIONS)
    console.print(f"  actions       http://{host}:{port}/webhook   (Ctrl-C stops)")
    app = create_app(executor, cors_origins=None)
    try:
        uvicorn.run(app, host=host, port=port, log_config=None, access_log=False)
    except KeyboardInterrupt:
        console.print("Stopped.")
    finally:
        asyncio.run(caller.close())
    return 0


def own_address(settings: Settings) -> str:
    """Return the address of `solvefirst serve` with these settings on this machine."""
    host = "127.0.0.1" if settings.host in EVERYWHERE else settings.host
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"
