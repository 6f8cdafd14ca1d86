"""Agent: runs the dialogues of one Rasa project in this process, one message at a time."""

import importlib
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.dialogue.engine.embedded.conversation.events import Event
from bot.dialogue.engine.embedded.conversation.memory import Memory
from bot.dialogue.engine.embedded.conversation.tracker import Sight
from bot.dialogue.engine.embedded.domain.responses import Choose
from bot.dialogue.engine.embedded.problems import FileLine, ProjectInvalid, ProjectProblem
from bot.dialogue.engine.embedded.project import Project, load_project
from bot.dialogue.engine.embedded.registry import executor_of
from bot.dialogue.engine.embedded.turn.actions import ActionRunner
from bot.dialogue.engine.embedded.turn.calls import Called, Calls, Executor
from bot.dialogue.engine.embedded.turn.turn import TurnRun
from bot.dialogue.engine.embedded.understanding import Parse, TextParser
from bot.dialogue.engine.embedded.values import copy_json

OUTPUT_CHANNEL = "collector"
"""Output channel by which responses are filtered: that of Rasa's REST API, on every channel."""

Loader = Callable[[Mapping[str, Any]], Parse]
"""Takes a component's options of config.yml, returns its `parse`."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation.

    `sender` is the conversation's id. `state` is that of the last `AgentResult`, `None` at first.
    Actions receive `id`, `channel` and `metadata` as from Rasa.
    """

    sender: str
    text: str
    state: bytes | None = None
    id: str = ""
    channel: str = "rest"
    metadata: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AgentResult:
    """Result of one message: the state to store, and the events of the turn in order.

    `slots` and `active_loop` are the values after the turn; `calls` are the custom actions' calls.
    """

    state: bytes
    events: tuple[Event, ...]
    slots: Mapping[str, Any]
    active_loop: str | None
    calls: tuple[Called, ...]

    @property
    def said(self) -> list[Event]:
        """The `bot` events in order: each has `text` and, under `data`, buttons and the like."""
        return [event for event in self.events if event["event"] == "bot"]


class Agent:
    """Runs a project's dialogues. It is stateless: each message brings and returns the state."""

    def __init__(
        self,
        project: Project,
        *,
        parse: Parse,
        executor: Executor,
        now: Callable[[], float],
        choose: Choose,
    ) -> None:
        self.project = project
        self._now = now
        self._choose = choose
        self._calls = Calls(executor, choose)
        sight = Sight(project.book.slots_seen(project.domain), project.book.lookback)
        self._memory = Memory(project.domain, sight)
        self._understanding = TextParser(parse, project.domain, project.config.fallback)

    async def handle(self, message: Message) -> AgentResult:
        """Run one message through understanding, forms and rules until the next `action_listen`."""
        project = self.project
        tracker = self._memory.load(message.state, message.sender)
        metadata: dict[str, Any] = copy_json({**message.metadata, "message_id": message.id})
        actions = ActionRunner(
            project.domain, self._calls, self._choose, OUTPUT_CHANNEL, tracker.slots_ever_set
        )
        run = TurnRun(tracker, project.policy, actions, self._now())
        await run.begin(metadata)
        text = message.text.strip()
        parsed = await self._understanding.parse(text)
        heard: Event = {
            "event": "user",
            "timestamp": run.now,
            "text": text,
            "parse_data": {
                "intent": {},
                "entities": [],
                "text": text,
                "message_id": message.id,
                "metadata": metadata,
                **parsed,
            },
            "input_channel": message.channel,
            "message_id": message.id,
            "metadata": metadata,
        }
        await run.hear(heard)
        return AgentResult(
            state=self._memory.dump(tracker),
            events=tuple(tracker.events),
            slots=dict(tracker.slots),
            active_loop=tracker.loop_name,
            calls=tuple(actions.made),
        )

    async def parse(self, text: str) -> Mapping[str, object]:
        """Parse `text` into Rasa's parse format, with fallback and payloads."""
        return await self._understanding.parse(text)


def load_agent(
    root: Path,
    actions_package: str = "actions",
    *,
    parse: Parse | None = None,
    executor: Executor | None = None,
    loaders: Mapping[str, Loader] | None = None,
    now: Callable[[], float] = time.time,
    randomness: random.Random | None = None,
) -> Agent:
    """Load the Rasa project under `root` and make its agent.

    `parse` replaces the component that config.yml names, and `executor` the actions of
    `actions_package`. `loaders` load components by their dotted names instead of the components'
    own `load`. `now` returns seconds since the epoch; `randomness` chooses between wordings.

    Raises:
        ProjectInvalid: the files cannot be run; its problems name the places and the corrections.
    """
    known: list[str] | None = None
    if executor is None:
        registry = executor_of(actions_package)
        known = list(registry.actions)
        executor = registry
    project = load_project(root, known_actions=known)
    if parse is None:
        parse = _component(project, loaders or {})
    return Agent(
        project,
        parse=parse,
        executor=executor,
        now=now,
        choose=(randomness or random.Random()).choice,  # noqa: S311 - which wording, not a secret
    )


def _component(project: Project, loaders: Mapping[str, Loader]) -> Parse:
    """Load the understanding component of config.yml: `load(options)`, then `parse(text)`.

    If a component has `parse_async`, that is used instead.
    """
    dotted = project.config.component or ""
    if dotted in loaders:
        return loaders[dotted](project.config.component_options)
    module_name, _, class_name = dotted.rpartition(".")
    try:
        component = getattr(importlib.import_module(module_name), class_name)
    except (ImportError, AttributeError, ValueError) as error:
        problem = ProjectProblem(
            FileLine("config.yml", 1), f"component '{dotted}'", f"cannot be imported: {error}"
        )
        raise ProjectInvalid([problem]) from error
    loaded = component.load(dict(project.config.component_options))
    parse: Parse = getattr(loaded, "parse_async", loaded.parse)
    return parse
