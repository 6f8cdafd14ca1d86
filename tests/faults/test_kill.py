"""The server is killed -9 with two hundred messages under way, and nothing acknowledged is lost.

Twenty citizens write ten messages each through the web chat, which acknowledges a message when it
is kept and answers it later. The server is killed in the middle and started again, several times;
the pages reconnect, resume by the last event they have seen, and send again what was not
acknowledged, as the real page does.
"""

import asyncio
import contextlib
import itertools
import json
import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from bench.servers import Server, free_port

CITIZENS = 20
MATTER = (
    "你好",
    "我要投诉，建邺区江东中路{n}号门口的路灯坏了三天了，晚上一片漆黑",
    "你们能做什么？",
    "不对，是86号",
    "不想留电话",
    "确认",
    "谢谢",
    "我的事怎么样了",
    "你们能做什么？",
    "再见",
)
KILLS = (40, 90, 150)
"""How many acknowledgements there are when the server is killed."""


@dataclass
class Citizen:
    """One page: what it wants to say, what was acknowledged, what it has seen."""

    name: int
    secret: str | None = None
    acked: dict[str, int] = field(default_factory=dict)
    seen: dict[int, dict[str, Any]] = field(default_factory=dict)
    repeats: int = 0

    @property
    def messages(self) -> list[tuple[str, str]]:
        return [(f"m{place}", text.format(n=self.name)) for place, text in enumerate(MATTER)]

    @property
    def answered(self) -> bool:
        """Tell whether the last message's answer is there."""
        events = [item["event"] for item in self.seen.values() if item["from"] == "agent"]
        own = self.acked.get(f"m{len(MATTER) - 1}")
        return own is not None and any(event > own for event in events)

    async def talk(self, port: int, on_ack: "Acks") -> None:
        """Say everything that is not acknowledged yet, one after the other, and listen."""
        async with connect(
            f"ws://127.0.0.1:{port}/chat/socket", origin=f"http://127.0.0.1:{port}"
        ) as socket:
            hello = {
                "type": "hello",
                "secret": self.secret,
                "last_event": max(self.seen, default=0),
                "language": "zh",
            }
            await socket.send(json.dumps(hello))
            numbers = itertools.count(1)
            for id_, text in self.messages:
                if id_ in self.acked:
                    continue
                say = {"type": "say", "id": id_, "n": next(numbers), "text": text}
                await socket.send(json.dumps(say))
                await self._hear(socket, on_ack, lambda wanted=id_: wanted in self.acked)
            await self._hear(socket, on_ack, lambda: self.answered)

    async def _hear(self, socket: ClientConnection, on_ack: "Acks", until: Any) -> None:
        while not until():
            frame = json.loads(await socket.recv())
            match frame["type"]:
                case "welcome":
                    self.secret = frame["secret"] or self.secret
                case "event":
                    self.repeats += frame["event"] in self.seen
                    self.seen[frame["event"]] = frame
                case "ack":
                    self.acked[frame["id"]] = frame["event"]
                    on_ack.count()
                case "refused":
                    raise AssertionError(frame)


class Acks:
    """Counts acknowledgements over all citizens and tells when there are enough to kill."""

    def __init__(self) -> None:
        self.total = 0
        self.goal = 0
        self.reached = asyncio.Event()

    def count(self) -> None:
        self.total += 1
        if self.total >= self.goal:
            self.reached.set()

    def wait_for(self, goal: int) -> asyncio.Event:
        self.goal, self.reached = goal, asyncio.Event()
        return self.reached


async def start(port: int, var: Path, log: Path) -> Server:
    env = {
        "SOLVEFIRST_PORT": str(port),
        "SOLVEFIRST_VAR": str(var),
        "SOLVEFIRST_DEMO": "1",
        "SOLVEFIRST_SWEEP": "0.2",
        "SOLVEFIRST_LOG_LEVEL": "warning",
    }
    return await Server.start(
        ("-m", "solvefirst", "serve"), port, ready="/health/ready", env=env, log=log
    )


async def keep_talking(citizen: Citizen, port: int, acks: Acks) -> None:
    """Reconnect until everything is said and answered, as the page does."""
    while not citizen.answered:
        with contextlib.suppress(ConnectionClosed, OSError, TimeoutError):
            await citizen.talk(port, acks)
        await asyncio.sleep(0.05)


@pytest.mark.slow
async def test_what_was_acknowledged_survives_kill_9_and_each_form_is_one_case(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    port, acks = free_port(), Acks()
    log = tmp_path / "server.log"
    server = await start(port, tmp_path / "var", log)
    citizens = [Citizen(number) for number in range(1, CITIZENS + 1)]
    talks = [asyncio.create_task(keep_talking(item, port, acks)) for item in citizens]
    under_way = []
    try:
        for goal in KILLS:
            await asyncio.wait_for(acks.wait_for(goal).wait(), 60)
            server.kill()
            under_way.append(acks.total - _answered(citizens))
            server = await start(port, tmp_path / "var", log)
        await asyncio.wait_for(asyncio.gather(*talks), 120)
    finally:
        for talk in talks:
            talk.cancel()
        server.stop()

    rows = sqlite3.connect(tmp_path / "var" / "solvefirst.db")
    inbox = rows.execute("SELECT conversation_id, sequence, event, done_at FROM inbox").fetchall()
    answers = Counter(
        rows.execute(
            "SELECT conversation_id, in_reply_to FROM outbox WHERE in_reply_to IS NOT NULL"
        ).fetchall()
    )
    cases = Counter(row[0] for row in rows.execute("SELECT contact_point FROM cases"))

    assert len(inbox) == CITIZENS * len(MATTER), "each message is kept once"
    assert all(done for *_, done in inbox)
    unanswered = [row[:2] for row in inbox if answers[row[0], row[1]] == 0]
    assert unanswered == []
    assert len(cases) == CITIZENS
    assert set(cases.values()) == {1}, "one case a form"
    for citizen in citizens:
        assert [citizen.acked[id_] for id_, _ in citizen.messages] == sorted(
            citizen.acked.values()
        ), "messages stand in the order in which they were sent"
        assert sorted(citizen.seen) == list(range(1, max(citizen.seen) + 1)), "no event is missing"
    answered_in_order = rows.execute(
        "SELECT conversation_id, in_reply_to FROM outbox WHERE in_reply_to IS NOT NULL"
        " ORDER BY conversation_id, event"
    ).fetchall()
    assert answered_in_order == sorted(answered_in_order), "answers stand in the messages' order"

    repeats = sum(citizen.repeats for citizen in citizens)
    with capsys.disabled():
        print(  # noqa: T201 - the figures are what the run is for
            f"\nkill -9 at {KILLS} of {len(inbox)} messages, {under_way} acknowledged and"
            f" unanswered each time: 0 lost, {len(cases)} forms, {sum(cases.values())} cases,"
            f" {repeats} events shown twice"
        )
    assert repeats == 0


def _answered(citizens: list[Citizen]) -> int:
    """Count the acknowledged messages that have an answer behind them on the citizen's page."""
    count = 0
    for citizen in citizens:
        events = [item["event"] for item in citizen.seen.values() if item["from"] == "agent"]
        last = max(events, default=0)
        count += sum(event < last for event in citizen.acked.values())
    return count
