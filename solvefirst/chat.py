"""Run `solvefirst chat`: the conversation in the terminal.

It runs in its own process, on the same database as the server. A SQLite file belongs to one
process: if a server is running on it, the chat connects to that server instead.
"""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
from rich.console import Console

from bot.channels.terminal import Ask, Say, Terminal, over_intake, over_rest
from bot.store.process_lock import NotAlone
from bot.texts import CitizenTexts
from kernel.logging import configure as configure_logging
from solvefirst.documents.personal_data import hidden_in_logs
from solvefirst.settings import Settings
from solvefirst.wiring.assembly import assemble
from solvefirst.wiring.foundation import Foundation


def run(language: str, console: Console) -> int:
    """Chat until `/quit` or the end of the input."""
    settings = Settings()
    configure_logging("ERROR", hide=hidden_in_logs())
    try:
        asyncio.run(_over_own_process(settings, language, console))
    except NotAlone:
        asyncio.run(_over_server(settings, language, console))
    except KeyboardInterrupt:
        console.print()
    return 0


async def _over_own_process(settings: Settings, language: str, console: Console) -> None:
    process = assemble(settings)
    base, side = process.base, process.citizen_side
    if side is None:
        raise RuntimeError("a process that is everything has a citizen's side")
    async with process.running():
        say = over_intake(
            side.intake,
            address=base.ids.new("term"),
            clock=base.clock,
            ids=base.ids,
            language=language,
        )
        await _talk(say, language, console, base.texts())


async def _over_server(settings: Settings, language: str, console: Console) -> None:
    url = f"http://{settings.host}:{settings.port}"
    console.print(f"A server runs on this data; talking to it at {url}.", style="dim")
    base = Foundation.lay(settings)
    async with httpx.AsyncClient(
        base_url=url, headers={"Authorization": f"Bearer {base.service_token}"}, timeout=15
    ) as client:
        say = over_rest(client, sender=base.ids.new("term"), ids=base.ids, language=language)
        await _talk(say, language, console, base.texts())


async def _talk(say: Say, language: str, console: Console, texts: CitizenTexts) -> None:
    ask: Ask = _asking(console)
    await Terminal(say=say, ask=ask, console=console, texts=texts, language=language).run()


def _asking(console: Console) -> Callable[[], Awaitable[str | None]]:
    async def ask() -> str | None:
        try:
            return await asyncio.to_thread(console.input, "[bold]> [/bold]")
        except EOFError:
            return None

    return ask
