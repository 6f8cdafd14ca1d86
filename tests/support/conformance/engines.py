"""Both engines behind one way to talk: `open` a project, `say` a message, get a `Turned`."""

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException

from bot.dialogue.engine.embedded.agent import Agent, Message, load_agent
from bot.dialogue.engine.embedded.problems import ProjectInvalid
from bot.dialogue.engine.replies import replies
from conformance.turned import Turned, called, events, rest, rest_of_rasa
from kernel.clock import Clock, ManualClock

SUPPORT = Path(__file__).parents[1]
ROOT = SUPPORT.parents[1]
DRIVER = Path(__file__).parent / "rasa_driver.py"


class Executor(Protocol):
    """What runs actions: rasa-sdk's executor."""

    async def run(self, action_call: dict[str, Any]) -> Any: ...


class Listening:
    """An executor that keeps what was called since it was last asked."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._calls: list[str] = []

    async def run(self, action_call: dict[str, Any]) -> Any:
        self._calls.append(called(action_call))
        return await self._executor.run(action_call)

    def take(self) -> tuple[str, ...]:
        calls, self._calls = tuple(self._calls), []
        return calls


class Wordings:
    """Chooses among wordings as it is told; stands for a `random.Random`."""

    pick = 0

    def choice(self, variations: Any) -> Any:
        return variations[self.pick % len(variations)]


class Hands:
    """A clock that can be exchanged: engines are made once, stages have clocks of their own."""

    def __init__(self) -> None:
        self.clock = ManualClock()

    def now(self) -> datetime:
        return self.clock.now()

    async def sleep(self, seconds: float) -> None:
        await self.clock.sleep(seconds)


class Refused(Exception):  # noqa: N818 - what happened
    """The engine does not run this project."""


class Engine(Protocol):
    """One of the two."""

    def open(self, root: Path, executor: Executor) -> None:
        """Load a project; raises `Refused` with the engine's words."""
        ...

    def forget(self) -> None:
        """Let go of every conversation."""
        ...

    async def say(
        self,
        sender: str,
        text: str,
        *,
        channel: str = "rest",
        metadata: Mapping[str, Any] | None = None,
    ) -> Turned:
        """Run one message. Every message of a sender has the next number."""
        ...


class Ours:
    """The embedded engine. `parse` stands in for the component that config.yml names."""

    def __init__(self, clock: Clock, parse: Any = None) -> None:
        self._clock = clock
        self._parse = parse
        self._wordings = Wordings()
        self._loaded: tuple[Agent, Listening] | None = None
        self._states: dict[str, bytes | None] = {}
        self._counts: dict[str, int] = {}

    def forget(self) -> None:
        self._states.clear()
        self._counts.clear()

    def open(self, root: Path, executor: Executor) -> None:
        listening = Listening(executor)
        try:
            agent = load_agent(
                root,
                now=lambda: self._clock.now().timestamp(),
                randomness=self._wordings,  # type: ignore[arg-type]
                parse=self._parse,
                executor=listening,
            )
        except ProjectInvalid as error:
            raise Refused(str(error)) from error
        self._loaded = agent, listening

    async def say(
        self,
        sender: str,
        text: str,
        *,
        channel: str = "rest",
        metadata: Mapping[str, Any] | None = None,
    ) -> Turned:
        assert self._loaded is not None
        agent, listening = self._loaded
        number = self._wordings.pick = self._counts[sender] = self._counts.get(sender, 0) + 1
        message = Message(
            sender=sender,
            text=text,
            state=self._states.get(sender),
            id=f"msg_{number}",
            channel=channel,
            metadata=metadata or {},
        )
        answer = await agent.handle(message)
        self._states[sender] = answer.state
        return Turned(
            events=events(answer.events),
            slots=answer.slots,
            loop=answer.active_loop,
            replies=rest(reply for event in answer.said for reply in replies(event)),
            calls=listening.take(),
        )


class Theirs:
    """A real Rasa in a process of its own; it loads one project after another."""

    def __init__(self, python: Path, clock: Clock, log: Path) -> None:
        self._clock = clock
        self._log = log.open("w")
        self._models = tempfile.TemporaryDirectory(prefix="rasa-models-")
        self._listening: Listening | None = None
        self._counts: dict[str, int] = {}
        self._process = subprocess.Popen(
            [str(python), "-W", "ignore", str(DRIVER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env={
                **os.environ,
                "PYTHONPATH": f"{ROOT}{os.pathsep}{SUPPORT}",
                "PYTHONDONTWRITEBYTECODE": "1",
            },
        )
        self._read()  # it is ready when it says so

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._log):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()
        self._models.cleanup()

    def forget(self) -> None:
        self._counts.clear()
        self._write({"do": "forget"})
        self._read()

    def open(self, root: Path, executor: Executor) -> None:
        self._listening = Listening(executor)
        self._write(
            {
                "do": "open",
                "root": str(root),
                "training_data": ["nlu/data"],
                "out": self._models.name,
            }
        )
        answer = self._read()
        for model in Path(self._models.name).iterdir():
            model.unlink()
        if "refused" in answer:
            raise Refused(answer["refused"])

    async def say(
        self,
        sender: str,
        text: str,
        *,
        channel: str = "rest",
        metadata: Mapping[str, Any] | None = None,
    ) -> Turned:
        assert self._listening is not None
        number = self._counts[sender] = self._counts.get(sender, 0) + 1
        self._write(
            {
                "do": "say",
                "sender": sender,
                "text": text,
                "channel": channel,
                "metadata": {**(metadata or {}), "message_id": f"msg_{number}"},
                "now": self._clock.now().timestamp(),
                "pick": number,
            }
        )
        while "call" in (answer := self._read()):
            self._write(await self._served(answer["call"]))
        calls = self._listening.take()
        if "events" not in answer:
            return Turned(broken="endless" if "endless" in answer else answer["error"])
        return Turned(
            events=events(answer["events"]),
            slots=answer["slots"],
            loop=answer["loop"],
            replies=rest_of_rasa(answer["messages"]),
            calls=calls,
            stopped=answer["stopped"],
        )

    async def _served(self, call: dict[str, Any]) -> dict[str, Any]:
        """Run an action and answer as rasa-sdk's server does."""
        assert self._listening is not None
        try:
            result = await self._listening.run(call)
            body = result.model_dump() if result is not None else None
            return {"status": 200, "body": json.loads(json.dumps(body))}
        except ActionExecutionRejection as error:
            return {
                "status": 400,
                "body": {"error": error.message, "action_name": error.action_name},
            }
        except ActionNotFoundException as error:
            return {
                "status": 404,
                "body": {"error": error.message, "action_name": error.action_name},
            }
        except Exception as error:  # noqa: BLE001 - as the server does, whatever it was
            return {"status": 500, "body": {"error": str(error)}}

    def _write(self, value: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(value) + "\n")
        self._process.stdin.flush()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"Rasa ended, see {self._log.name}")
        answer: dict[str, Any] = json.loads(line)
        return answer
