"""Run `solvefirst telegram-sim`: the simulated Telegram on its own port."""

import asyncio
import contextlib

from rich.console import Console

from kernel.clock import SystemClock
from kernel.ids import RandomIds
from tools.telegram_sim.server import TOKEN, Simulator, listen, serving


def run(host: str, port: int, token: str | None, console: Console) -> int:
    """Serve until interrupted; return 2 when the port cannot be opened.

    Args:
        host: address to listen on.
        port: port to listen on.
        token: the bot's token; by default `server.TOKEN`.
        console: prints how to connect.
    """
    token = token or TOKEN
    try:
        listener = listen(host, port)
    except OSError as error:
        console.print(f"[red]{host}:{port}[/red]: {error.strerror}. Try another --port.")
        return 2
    simulator = Simulator.make(clock=SystemClock(), ids=RandomIds(), token=token)

    async def serve() -> None:
        async with serving(simulator, listener=listener) as base:
            console.print(f"\n  [bold]A Telegram of our own[/bold]   {base}/sim/\n")
            console.print("  Start SolveFirst with", soft_wrap=True)
            console.print(f"    SOLVEFIRST_TELEGRAM_TOKEN={token}", soft_wrap=True, markup=False)
            console.print(f"    SOLVEFIRST_TELEGRAM_API_URL={base}\n", soft_wrap=True, markup=False)
            await asyncio.Event().wait()

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve())
    return 0
