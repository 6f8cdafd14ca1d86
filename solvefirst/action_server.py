"""`solvefirst actions`: the actions behind rasa-sdk's own HTTP protocol, for a Rasa server."""

import asyncio

import uvicorn
from rasa_sdk.endpoint import create_app
from rasa_sdk.executor import ActionExecutor
from rich.console import Console

from actions.context import Services, configure
from kernel.logging import configure as configure_logging
from solvefirst.project import ACTIONS
from solvefirst.settings import Settings
from solvefirst.wiring import Foundation, NotConfigured, client


def run(host: str, port: int, console: Console) -> int:
    """Serve the actions until interrupted. The case service runs elsewhere."""
    settings = Settings()
    configure_logging(settings.log_level.upper(), json=settings.log_json)
    base = Foundation.lay(settings)
    try:
        caller = client(base, None)
    except NotConfigured as missing:
        console.print(str(missing), markup=False)
        return 2
    configure(Services(caller, base.clock))
    executor = ActionExecutor()
    executor.register_package(ACTIONS)
    console.print(f"  actions       http://{host}:{port}/webhook   (Ctrl-C stops)")
    app = create_app(executor, cors_origins=None)
    try:
        uvicorn.run(app, host=host, port=port, log_config=None, access_log=False)
    except KeyboardInterrupt:
        console.print("Stopped.")
    finally:
        asyncio.run(caller.close())
    return 0
