"""`make bench-live`: a citizen on an open web chat and a leader at the desk, there and back.

    python -m bench.live [--lines 50] [--report FILE]

One served process on SQLite, all commits on. There: from the page's frame to the line that the
desk reads, which looks every few milliseconds. Back: from before the leader's call to the frame on
the page.
"""

import argparse
import asyncio
import itertools
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.progress import track
from websockets.asyncio.client import ClientConnection, connect

from api.store.catalogue import load_catalogue, shipped_catalogue
from bench.machine import describe
from bench.servers import Server, free_port

LOOK_SECONDS = 0.003
BAR_MS = 300


async def measure(lines: int, console: Console) -> tuple[list[float], list[float]]:
    """Talk, `lines` each way; give the seconds there and back of each."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        env = {
            "SOLVEFIRST_PORT": str(port),
            "SOLVEFIRST_VAR": f"{folder}/var",
            "SOLVEFIRST_DEMO": "1",
            "SOLVEFIRST_LOG_LEVEL": "warning",
        }
        server = await Server.start(
            ("-m", "solvefirst", "serve"),
            port,
            ready="/health/ready",
            env=env,
            log=Path(folder) / "server.log",
        )
        try:
            token = await _leader_token(env)
            async with (
                httpx.AsyncClient(
                    base_url=f"http://127.0.0.1:{port}",
                    headers={"Authorization": f"Bearer {token}"},
                ) as desk,
                connect(
                    f"ws://127.0.0.1:{port}/chat/socket", origin=f"http://127.0.0.1:{port}"
                ) as page,
            ):
                return await _talk(desk, page, lines, console)
        finally:
            server.stop()


async def _leader_token(env: dict[str, str]) -> str:
    words = ("-m", "solvefirst", "db", "token", "Bench", "--role", "leader")
    process = await asyncio.create_subprocess_exec(
        *Server.command(*words),
        env=Server.environment({**env, "NO_COLOR": "1"}),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    return out.decode().split()[0]


async def _talk(
    desk: httpx.AsyncClient, page: ClientConnection, lines: int, console: Console
) -> tuple[list[float], list[float]]:
    citizen = Page(page)
    await citizen.begin()
    unit = next(iter(load_catalogue(shipped_catalogue()).units))
    now = datetime.now(UTC)
    both = {"zh": "测", "en": "Bench"}
    session = await _made(
        desk,
        "POST",
        "/v1/live/sessions",
        {
            "name": "Bench",
            "title": both,
            "scope": both,
            "unit": unit,
            "opens_at": now.isoformat(),
            "closes_at": (now + timedelta(hours=1)).isoformat(),
        },
    )
    await citizen.say("我想找值班领导")
    waiting: list[dict[str, Any]] = []
    while not waiting:
        watched = await _made(desk, "GET", f"/v1/live/sessions/{session['id']}/talks")
        waiting = watched["waiting"]
        await asyncio.sleep(LOOK_SECONDS)
    talk = await _made(desk, "POST", f"/v1/live/talks/{waiting[0]['id']}/claim")
    there: list[float] = []
    back: list[float] = []
    seen = 0
    for line in track(range(lines), "talking", console=console, transient=True):
        began = time.perf_counter()
        await citizen.say(f"第{line}句")
        while True:
            path = f"/v1/live/talks/{talk['id']}?after={seen}"
            told = [
                one
                for one in (await _made(desk, "GET", path))["lines"]
                if one["text"] == f"第{line}句"
            ]
            if told:
                seen = told[0]["seq"]
                break
            await asyncio.sleep(LOOK_SECONDS)
        there.append(time.perf_counter() - began)
        began = time.perf_counter()
        order = {"text": f"答{line}。", "fence": talk["fence"]}
        await _made(desk, "POST", f"/v1/live/talks/{talk['id']}/say", order)
        await citizen.hears(f"答{line}。")
        back.append(time.perf_counter() - began)
    return there, back


class Page:
    """The citizen's page, as far as this needs one."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)

    async def begin(self) -> None:
        hello = {"type": "hello", "secret": None, "last_event": 0, "language": "zh"}
        await self._socket.send(json.dumps(hello))

    async def say(self, words: str) -> None:
        number = next(self._numbers)
        frame = {"type": "say", "id": f"b{number}", "n": number, "text": words}
        await self._socket.send(json.dumps(frame))

    async def hears(self, words: str) -> None:
        while True:
            frame = json.loads(await self._socket.recv())
            if frame["type"] == "event" and frame["from"] == "agent" and words in frame["text"]:
                return


async def _made(desk: httpx.AsyncClient, method: str, path: str, body: Any = None) -> Any:
    answer = await desk.request(method, path, json=body)
    if answer.is_error:
        raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text}")
    return answer.json()


def percentile(times: Sequence[float], share: float) -> float:
    """Return the time within which `share` of them lie, in milliseconds."""
    return 1000 * sorted(times)[min(len(times) - 1, int(share * len(times)))]


def report(there: Sequence[float], back: Sequence[float]) -> str:
    """Make the report."""
    rows = "\n".join(
        f"| {name} | {1000 * statistics.median(times):.0f} | {percentile(times, 0.95):.0f}"
        f" | {1000 * max(times):.0f} | {'yes' if percentile(times, 0.95) < BAR_MS else 'no'} |"
        for name, times in (("citizen to desk", there), ("desk to citizen", back))
    )
    return f"""# A leader on duty, there and back

{len(there)} lines each way between an open web chat and the desk, one after the other, one served
process, SQLite with `synchronous=FULL`; the desk looks every {1000 * LOOK_SECONDS:.0f} ms over the
API. The bar is p95 < {BAR_MS} ms. Made by `make bench-live`.

{describe("solvefirst", "fastapi", "uvicorn", "sqlalchemy", "websockets")}

| | median ms | p95 ms | longest ms | met |
|---|---:|---:|---:|---|
{rows}
"""


def main() -> int:
    """Measure, print, write the report; 1 when the bar is not met."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=50, help="each way; 60 at the most")
    parser.add_argument("--report", type=Path, help="write the report there")
    options = parser.parse_args()
    there, back = asyncio.run(measure(options.lines, Console(stderr=True)))
    text = report(there, back)
    sys.stdout.write(text)
    if options.report:
        options.report.write_text(text)
    return int(max(percentile(there, 0.95), percentile(back, 0.95)) >= BAR_MS)


if __name__ == "__main__":
    raise SystemExit(main())
