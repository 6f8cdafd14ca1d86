"""The server is killed -9 while units tell progress: every move that was made reaches its citizen.

Each unit goes on with the same idempotency key until it is answered, as a careful system does. In
the end each move stands once in the history, each event once in its conversation, and in order.
"""

import asyncio
import itertools
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import httpx
import pytest

from api.client import ApiClient, ApiUnavailable
from api.contract import OpenCase, ReplyCase
from bench.servers import Server, free_port

TOKEN = "a-token-of-our-own-processes"
UNIT = "S320104002"
CITIZENS = 6
STEPS = 12
"""Progress notes a case, between the sign-in and the reply."""

KILLS = (15, 35, 55)
"""How many moves are acknowledged when the server is killed."""

T = TypeVar("T")


@dataclass
class Moves:
    """Counts acknowledged moves, and tells when it is time to kill."""

    total: int = 0
    goal: int = 0
    reached: asyncio.Event | None = None

    def count(self) -> None:
        self.total += 1
        if self.reached is not None and self.total >= self.goal:
            self.reached.set()

    def wait_for(self, goal: int) -> asyncio.Event:
        self.goal, self.reached = goal, asyncio.Event()
        return self.reached


def settings(port: int, var: Path) -> dict[str, str]:
    return {
        "SOLVEFIRST_PORT": str(port),
        "SOLVEFIRST_VAR": str(var),
        "SOLVEFIRST_DEMO": "1",
        "SOLVEFIRST_SERVICE_TOKEN": TOKEN,
        "SOLVEFIRST_LOG_LEVEL": "warning",
    }


async def start(port: int, var: Path, log: Path) -> Server:
    return await Server.start(
        ("-m", "solvefirst", "serve"),
        port,
        ready="/health/ready",
        env=settings(port, var),
        log=log,
    )


async def unit_token(port: int, var: Path) -> str:
    process = await asyncio.create_subprocess_exec(
        *Server.command(
            "-m", "solvefirst", "db", "token", "unit", "--role", "unit", "--unit", UNIT
        ),
        env=Server.environment(settings(port, var)),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    return out.decode().split()[0]


async def until_answered(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask again until the server is there: the key makes it harmless."""
    while True:
        try:
            return await ask()
        except ApiUnavailable:
            await asyncio.sleep(0.02)


async def conversations(port: int, var: Path) -> list[str]:
    """Have citizens greet the bot; give their contact points."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
        for number in range(CITIZENS):
            body = {"sender": f"citizen-{number}", "message": "你好"}
            (await client.post("/webhooks/rest/webhook", json=body)).raise_for_status()
    rows = sqlite3.connect(var / "solvefirst.db")
    return [row[0] for row in rows.execute("SELECT id FROM conversation ORDER BY id")]


async def handle(client: ApiClient, unit: ApiClient, point: str, moves: Moves) -> str:
    """Open a case, and make every move of its unit."""
    order = OpenCase.model_validate(
        {
            "contact_point": point,
            "channel": "rest",
            "kind": "complaint",
            "category": "0301",
            "happened": "楼道的灯坏了",
            "place": {"text": "夫子庙街道", "district": "320104", "street": "320104002"},
        }
    )
    case = await until_answered(lambda: client.open_case(order, idempotency_key=f"{point}:open"))
    number, keys = case.number, itertools.count()

    async def make(move: Callable[[str], Awaitable[object]]) -> None:
        key = f"{point}:{next(keys)}"
        await until_answered(lambda: move(key))
        moves.count()

    await make(lambda key: unit.sign_in(number, idempotency_key=key))
    for step in range(STEPS):
        note = f"step {step}"
        await make(lambda key, note=note: unit.progress(number, note, idempotency_key=key))
    reply = ReplyCase(claim_true="yes", contacted=False, solved="yes", answer="修好了")
    await make(lambda key: unit.reply(number, reply, idempotency_key=key))
    return number


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_every_move_reaches_its_citizen_once_and_in_order_over_kill_9(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    port, var, log, moves = free_port(), tmp_path / "var", tmp_path / "server.log", Moves()
    secret = await unit_token(port, var)
    server = await start(port, var, log)
    base = f"http://127.0.0.1:{port}"
    client, unit = ApiClient.over_http(base, TOKEN), ApiClient.over_http(base, secret)
    try:
        points = await conversations(port, var)
        assert len(points) == CITIZENS
        work = [asyncio.create_task(handle(client, unit, point, moves)) for point in points]
        for goal in KILLS:
            await asyncio.wait_for(moves.wait_for(goal).wait(), 60)
            server.kill()
            server = await start(port, var, log)
        await asyncio.wait_for(asyncio.gather(*work), 120)
        rows = sqlite3.connect(var / "solvefirst.db")
        # The survey, asked at once in the demo, is the last thing that every citizen is told.
        await asyncio.wait_for(_all_delivered(rows), 60)
    finally:
        await client.close()
        await unit.close()
        server.stop()

    made = Counter(
        rows.execute("SELECT number, move FROM case_history WHERE move <> 'ask_survey'").fetchall()
    )
    assert {count for (_, move), count in made.items() if move == "progress"} == {STEPS}
    assert {count for (_, move), count in made.items() if move != "progress"} == {1}
    told = rows.execute(
        "SELECT outbox.conversation_id, event.type, event.seq FROM outbox"
        " JOIN event ON event.id = outbox.event_key"
        " ORDER BY outbox.conversation_id, outbox.event"
    ).fetchall()
    for point in points:
        mine = [(type_, seq) for conversation, type_, seq in told if conversation == point]
        assert [type_ for type_, _ in mine] == [
            "case.signed_in",
            *["case.progress"] * STEPS,
            "case.replied",
            "survey.asked",
        ]
        assert mine == sorted(mine, key=lambda one: one[1])
    posts = rows.execute("SELECT sum(attempts), count(*) FROM webhook_delivery").fetchone()
    with capsys.disabled():
        print(  # noqa: T201 - the figures are what the run is for
            f"\nkill -9 at {KILLS} of {moves.total} moves: 0 lost, 0 told twice,"
            f" {posts[0]} posts for {posts[1]} events"
        )


async def _all_delivered(rows: sqlite3.Connection) -> None:
    asked = "SELECT count(*) FROM event WHERE type = 'survey.asked'"
    waiting = "SELECT count(*) FROM webhook_delivery WHERE state <> 'delivered'"
    while True:
        if (
            rows.execute(asked).fetchone()[0] == CITIZENS
            and not rows.execute(waiting).fetchone()[0]
        ):
            return
        await asyncio.sleep(0.1)
