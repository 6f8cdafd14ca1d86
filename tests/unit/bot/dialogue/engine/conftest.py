"""A small Rasa project in a folder, spoken to in one line, its events read in the short form."""

import json
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from rasa_sdk.executor import ActionExecutor

from bot.dialogue.engine.embedded.agent import Agent, AgentResult, Message, load_agent
from bot.dialogue.engine.replies import replies
from bot.message import Reply
from kernel.clock import ManualClock

CONFIG = """
recipe: default.v1
language: zh
pipeline:
- name: stub.Understanding
- name: FallbackClassifier
  threshold: 0.3
  ambiguity_threshold: 0.1
policies:
- name: RulePolicy
"""


class Talk:
    """One conversation with an embedded agent; `events` are those of the last turn."""

    def __init__(self, agent: Agent, heard: list[dict[str, Any]]) -> None:
        self.agent = agent
        self.state: bytes | None = None
        self.answer: AgentResult | None = None
        self.count = 0
        self._heard = heard

    async def say(
        self,
        intent: str | None,
        text: str | None = None,
        entities: Sequence[Mapping[str, Any]] | Mapping[str, Any] = (),
        confidence: float = 1.0,
        **extra: Any,
    ) -> list[str]:
        """Say something understood as `intent` (a payload when it starts with `/`); the events."""
        if isinstance(entities, Mapping):
            entities = [{"entity": name, "value": value} for name, value in entities.items()]
        self._heard.append(
            {
                "intent": {"name": intent, "confidence": confidence},
                "entities": list(entities),
                **extra,
            }
        )
        self.count += 1
        words = text if text is not None else (intent or "")
        self.answer = await self.agent.handle(
            Message("cnv", words, self.state, id=f"msg{self.count}", channel="rest")
        )
        self.state = self.answer.state
        return self.events

    @property
    def events(self) -> list[str]:
        assert self.answer is not None
        return [short(e) for e in self.answer.events if e["event"] != "user_featurization"]

    @property
    def replies(self) -> list[Reply]:
        assert self.answer is not None
        return [reply for event in self.answer.said for reply in replies(event)]

    @property
    def texts(self) -> list[str]:
        return [reply.text for reply in self.replies]

    @property
    def slots(self) -> Mapping[str, Any]:
        assert self.answer is not None
        return self.answer.slots

    @property
    def calls(self) -> list[str]:
        assert self.answer is not None
        return [call.action for call in self.answer.calls]

    @property
    def loop(self) -> str | None:
        assert self.answer is not None
        return self.answer.active_loop


def short(event: Mapping[str, Any]) -> str:
    """An event in the notation of the observations."""
    match event["event"]:
        case "user":
            return f"user({event['parse_data']['intent'].get('name')})"
        case "slot":
            return f"slot {event['name']}={event['value']!r}"
        case "action":
            return f"act {event['name']}"
        case "bot":
            return f"bot {event['text']!r}"
        case "active_loop":
            return f"loop {event['name']}"
        case "action_execution_rejected":
            return f"reject {event['name']}"
        case other:
            return str(other)


@pytest.fixture
def heard() -> list[dict[str, Any]]:
    """What the stub understanding says next, the last item wins."""
    return []


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes a project's files and gives its root."""

    def _write(domain: str = "", rules: str = "", config: str = CONFIG, **files: str) -> Path:
        (tmp_path / "config.yml").write_text(config, encoding="utf-8")
        (tmp_path / "domain.yml").write_text(domain, encoding="utf-8")
        data = tmp_path / "nlu" / "data"
        data.mkdir(parents=True, exist_ok=True)
        (data / "rules.yml").write_text(rules, encoding="utf-8")
        for name, content in files.items():
            path = tmp_path / name.replace("__", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.with_suffix(".yml").write_text(content, encoding="utf-8")
        return tmp_path

    return _write


@pytest.fixture
def open_project(heard: list[dict[str, Any]], clock: ManualClock) -> Callable[..., Talk]:
    """Makes a conversation with the project in a folder, its actions given as classes."""

    def _open(root: Path, actions: Sequence[type] = (), executor: Any = None) -> Talk:
        if executor is None:
            executor = ActionExecutor()
            for action in actions:
                executor.register_action(action)
        agent = load_agent(
            root,
            now=lambda: clock.now().timestamp(),
            randomness=random.Random(1),
            parse=lambda _text: json.loads(json.dumps(heard[-1])),
            executor=executor,
        )
        return Talk(agent, heard)

    return _open


@pytest.fixture
def talk(write: Callable[..., Path], open_project: Callable[..., Talk]) -> Callable[..., Talk]:
    """Makes a conversation with a project written here, its actions given as classes."""

    def _talk(
        domain: str,
        rules: str,
        actions: Sequence[type] = (),
        config: str = CONFIG,
        executor: Any = None,
    ) -> Talk:
        return open_project(write(domain, rules, config), actions, executor)

    return _talk
