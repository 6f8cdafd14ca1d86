"""The whole product on a real Rasa 3.6.21: a case, and everything that can break in between.

One Rasa and one action server serve all tests here; each test has a product and a store of its
own. Between product and Rasa, and between Rasa and actions, stands something that can hold up
or lose what is said.
"""

import asyncio
import json
import re
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from patience import PATIENCE
from rasas import Between, nothing, trained
from starlette.requests import Request
from websockets.asyncio.client import connect

from bench.citizens import CONVERSATION, PATH, has_receipt
from bench.http import Connection
from bench.servers import SERVICE, Server, free_port, served
from solvefirst.rasa.server import RasaServer

pytestmark = [pytest.mark.slow, pytest.mark.rasa]

DOWN = "您的话已经收好"
"""Of what a citizen is told while Rasa is away."""


@dataclass(frozen=True)
class Ports:
    """Where everything listens: Rasa itself, the actions themselves, and what stands before."""

    product: int
    rasa: int
    road_to_rasa: int
    actions: int
    road_to_actions: int


@pytest.fixture(scope="module")
def ports() -> Ports:
    found = [free_port() for _ in range(5)]
    assert len(set(found)) == 5
    return Ports(*found)


@pytest.fixture(scope="module")
def rasa(
    ports: Ports, rasa_python: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RasaServer]:
    server = RasaServer(
        rasa_python,
        trained(rasa_python),
        tmp_path_factory.mktemp("rasa"),
        port=ports.rasa,
        actions=f"http://127.0.0.1:{ports.road_to_actions}/webhook",
    )
    server.start()
    server.wait()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def actions(ports: Ports, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("actions")
    server = asyncio.run(
        Server.start(
            ("-m", "solvefirst", "actions", "--port", str(ports.actions)),
            ports.actions,
            ready="/health",
            env={
                "SOLVEFIRST_VAR": str(folder / "var"),
                "SOLVEFIRST_API_URL": f"http://127.0.0.1:{ports.product}",
                "SOLVEFIRST_SERVICE_TOKEN": SERVICE,
                "SOLVEFIRST_LOG_LEVEL": "warning",
            },
            log=folder / "actions.log",
        )
    )
    yield server
    server.stop()


@dataclass
class Stage:
    """One test's world."""

    ports: Ports
    rasa: RasaServer
    road: Between
    actions: Between
    folder: Path

    @asynccontextmanager
    async def product(self, **settings: str) -> AsyncIterator[Server]:
        ours = {
            "SOLVEFIRST_PORT": str(self.ports.product),
            "SOLVEFIRST_ENGINE": "rasa",
            "SOLVEFIRST_RASA_URL": f"http://127.0.0.1:{self.ports.road_to_rasa}",
            "SOLVEFIRST_RASA_ACTIONS_URL": f"http://127.0.0.1:{self.ports.road_to_actions}",
            "SOLVEFIRST_RASA_TRACKER_URL": f"sqlite:///{self.rasa.folder / 'tracker.db'}",
            "SOLVEFIRST_SWEEP": "0.2",
            "SOLVEFIRST_ENGINE_TIMEOUT": "10",
        }
        self.folder.mkdir(exist_ok=True)
        async with served(self.folder, **{**ours, **settings}) as server:
            yield server

    def rows(self, query: str) -> list[tuple]:
        with sqlite3.connect(self.folder / "var" / "solvefirst.db") as store:
            return store.execute(query).fetchall()

    def heard_by_rasa(self) -> list[str]:
        """What stands as said by citizens of this test in Rasa's trackers."""
        (conversation,) = self.rows("SELECT id FROM conversation")[0]
        with sqlite3.connect(self.rasa.folder / "tracker.db") as store:
            rows = store.execute(
                "SELECT data FROM events WHERE type_name = 'user' AND sender_id = ? ORDER BY id",
                (conversation,),
            )
            return [json.loads(row[0])["text"] for row in rows]

    def cases(self) -> int:
        return self.rows("SELECT count(*) FROM cases")[0][0]


@pytest.fixture
async def stage(
    ports: Ports, rasa: RasaServer, actions: Server, tmp_path: Path
) -> AsyncIterator[Stage]:
    road, to_actions = Between(rasa.url), Between(actions.base)
    async with road.listening(ports.road_to_rasa), to_actions.listening(ports.road_to_actions):
        yield Stage(ports, rasa, road, to_actions, tmp_path / "here")


async def say(server: Server, text: str, number: int = 0, sender: str = "w") -> list[dict]:
    body = {"sender": sender, "message": text}
    if number:
        body["metadata"] = {"message_id": f"m{number}"}
    async with Connection("127.0.0.1", server.port) as connection:
        status, answer = await connection.post(PATH, body)
    assert status == 200, answer
    return answer


async def converse(server: Server, sender: str = "w") -> list[list[dict]]:
    said = [await say(server, text, at, sender) for at, text in enumerate(CONVERSATION, 1)]
    assert has_receipt(said[-1]), said
    return said


async def answered(server: Server, number: int, text: str) -> list[dict]:
    """Ask for the answer to a message as a client does that repeats it until it is there."""
    async with asyncio.timeout(PATIENCE):
        while True:
            answer = await say(server, text, number)
            if answer and DOWN not in answer[-1].get("text", ""):
                return answer
            await asyncio.sleep(0.7)  # more often would be too fast for one sender


def words(said: object) -> object:
    """What was said, but for the code that is drawn by lot."""
    return json.loads(re.sub(r"\b[0-9A-Z]{4}(-[0-9A-Z]{4}){2}\b", "CODE", json.dumps(said)))


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> object:
    """What the embedded engine says in the same conversation."""

    async def held() -> object:
        async with served(tmp_path_factory.mktemp("embedded")) as server:
            return words(await converse(server))

    return asyncio.run(held())


async def test_a_conversation_becomes_a_case_in_the_words_of_the_embedded_engine(stage, embedded):
    async with stage.product() as server:
        said = await converse(server)
    assert words(said) == embedded
    assert stage.cases() == 1
    assert stage.heard_by_rasa() == list(CONVERSATION)


async def test_the_web_chat_talks_through_rasa_too(stage, embedded):
    async with (
        stage.product() as server,
        connect(f"ws://127.0.0.1:{server.port}/chat/socket", origin=server.base) as socket,
    ):
        hello = {"type": "hello", "secret": None, "last_event": 0, "language": "zh"}
        await socket.send(json.dumps(hello))
        say = {"type": "say", "id": "a", "n": 1, "text": CONVERSATION[0]}
        await socket.send(json.dumps(say))
        heard: list[str] = []
        async with asyncio.timeout(PATIENCE):
            while embedded[0][0]["text"] not in heard:
                frame = json.loads(await socket.recv())
                if frame["type"] == "event" and frame["from"] == "agent":
                    heard.append(frame["text"])
    assert stage.heard_by_rasa() == [CONVERSATION[0]]


def posts(request: Request) -> bool:
    return request.url.path == PATH


async def test_killed_between_rasas_answer_and_our_commit_nothing_is_said_or_done_twice(
    stage, embedded
):
    """The last message opens the case: Rasa has it in its tracker, we have it unanswered."""
    said = []
    answered_there = asyncio.Event()
    killed = asyncio.Event()

    async def hold(request: Request) -> None:
        if posts(request):
            answered_there.set()
            await killed.wait()

    async with stage.product() as server:
        for at, text in enumerate(CONVERSATION[:-1], 1):
            said.append(await say(server, text, at))
        stage.road.after = hold
        last = asyncio.create_task(say(server, CONVERSATION[-1], len(CONVERSATION)))
        await answered_there.wait()
        server.kill()
        killed.set()
        with pytest.raises((OSError, asyncio.IncompleteReadError)):
            await last
    assert stage.rows("SELECT count(*) FROM inbox WHERE done_at IS NULL") == [(1,)]
    before = len(stage.road.seen)
    async with stage.product() as server:
        said.append(await answered(server, len(CONVERSATION), CONVERSATION[-1]))
    assert words(said) == embedded
    assert stage.cases() == 1
    assert stage.heard_by_rasa() == list(CONVERSATION)
    assert f"POST {PATH}" not in stage.road.seen[before:], "it was not sent again"


async def test_a_time_out_while_rasa_goes_on_does_not_run_the_turn_twice(stage, embedded):
    """An action hangs; we stop waiting and ask again while Rasa is still at it."""
    hanging, let_go = asyncio.Event(), asyncio.Event()

    async def hang(request: Request) -> None:
        if posts_action(request):
            hanging.set()
            await let_go.wait()

    said = []
    async with stage.product(SOLVEFIRST_ENGINE_TIMEOUT="2") as server:
        for at, text in enumerate(CONVERSATION[:-1], 1):
            said.append(await say(server, text, at))
        stage.actions.before = hang
        answer = await say(server, CONVERSATION[-1], len(CONVERSATION))
        assert hanging.is_set()
        assert DOWN in answer[0]["text"]
        # The sweep tries again and has to wait for Rasa's lock.
        async with asyncio.timeout(PATIENCE):
            await stage.road.asked_for("/tracker/events")
        stage.actions.before = nothing
        let_go.set()
        said.append(await answered(server, len(CONVERSATION), CONVERSATION[-1]))
    assert words(said) == embedded_after(answer, embedded)
    assert stage.cases() == 1
    assert stage.heard_by_rasa() == list(CONVERSATION)
    assert stage.road.seen.count(f"POST {PATH}") == len(CONVERSATION)


def posts_action(request: Request) -> bool:
    return request.url.path == "/webhook"


def embedded_after(notice: list[dict], embedded: list) -> list:
    """The same words, the last behind what was told meanwhile."""
    return [*embedded[:-1], [*notice, *embedded[-1]]]


async def test_rasa_down_is_told_once_and_the_messages_are_answered_when_it_is_back(
    stage, embedded, rasa
):
    said = []
    async with stage.product() as server:
        for at, text in enumerate(CONVERSATION[:2], 1):
            said.append(await say(server, text, at))
        assert await ready(server) == (200, "ready")
        rasa.stop(kill=True)
        answer = await say(server, CONVERSATION[2], 3)
        assert [DOWN in item["text"] for item in answer] == [True]
        assert await say(server, CONVERSATION[2], 3) == answer, "told once"
        assert await ready(server) == (503, "away")
        rasa.start()
        rasa.wait()
        said.append((await answered(server, 3, CONVERSATION[2]))[1:])
        for at, text in enumerate(CONVERSATION[3:], 4):
            said.append(await say(server, text, at))
        assert await ready(server) == (200, "ready")
    assert words(said) == embedded
    assert stage.cases() == 1


async def test_actions_down_are_told_and_the_message_is_answered_when_they_are_back(stage):
    """Rasa itself goes on without its actions and says nothing."""
    down = asyncio.Event()

    async def refuse(_: Request) -> None:
        if down.is_set():
            raise ConnectionError

    stage.actions.before = refuse
    async with stage.product() as server:
        await say(server, CONVERSATION[0], 1)
        down.set()
        replies = await say(server, CONVERSATION[1], 2)
        assert [DOWN in item["text"] for item in replies] == [True]
        assert await ready(server) == (503, "away")
        down.clear()
        answer = await answered(server, 2, CONVERSATION[1])
        assert "路灯" in str(answer)


async def ready(server: Server) -> tuple[int, str]:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{server.base}/health/ready")
    return answer.status_code, answer.json()["parts"]["engine"]


async def test_words_of_danger_are_said_at_once_without_rasa(stage):
    async def gone(_: Request) -> None:
        raise ConnectionError

    async with stage.product() as server:
        stage.road.before = gone
        answer = await say(server, "家里着火了，快来人", 1)
    assert "119" in answer[0]["text"]
    assert DOWN in answer[-1]["text"]


async def test_what_a_citizen_has_erased_is_gone_from_rasas_store_too(stage):
    async with stage.product() as server:
        await say(server, CONVERSATION[0], 1)
        assert stage.heard_by_rasa() == [CONVERSATION[0]]
        await say(server, '/privacy{"do":"delete"}', 2)
        answer = await say(server, '/privacy{"do":"erase"}', 3)
        assert any((item.get("custom") or {}).get("type") == "erased" for item in answer), answer
        assert stage.heard_by_rasa() == []


async def test_the_doctor_says_what_runs_and_what_does_not(stage):
    async def doctor() -> str:
        settings = {
            "SOLVEFIRST_VAR": str(stage.folder / "var"),
            "SOLVEFIRST_ENGINE": "rasa",
            "SOLVEFIRST_RASA_URL": f"http://127.0.0.1:{stage.ports.road_to_rasa}",
            "SOLVEFIRST_RASA_ACTIONS_URL": f"http://127.0.0.1:{stage.ports.road_to_actions}",
        }
        process = await asyncio.create_subprocess_exec(
            *Server.command("-m", "solvefirst", "doctor"),
            env=Server.environment(settings),
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await process.communicate()
        return out.decode()

    well = await doctor()
    assert "fine  Rasa: answers at" in well
    assert "fine  Rasa's actions: answers at" in well

    async def gone(_: Request) -> None:
        raise ConnectionError

    stage.road.before = stage.actions.before = gone
    ill = await doctor()
    assert "wrong  Rasa: " in ill
    assert "wrong  Rasa's actions: " in ill
    assert "make rasa" in ill
