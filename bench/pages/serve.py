"""`python -m bench.pages.serve SCRIPTS`: serve as `solvefirst serve` does, with these pages."""

import asyncio
import sys
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

import api.console.app
from bench.pages.app import Pages
from solvefirst.cli import main


def rendered(scripts: Path) -> type[api.console.app.Console]:
    """Make a console whose pages are these."""

    class Rendered(api.console.app.Console):
        async def _loaded(self) -> ASGIApp:
            return Pages(self.context, scripts).app

        async def _serve_pages(self, scope: Scope, receive: Receive, send: Send) -> None:
            await (await asyncio.shield(self._load()))(scope, receive, send)

    return Rendered


if __name__ == "__main__":
    api.console.app.Console = rendered(Path(sys.argv.pop(1)))  # type: ignore[misc]
    main()
