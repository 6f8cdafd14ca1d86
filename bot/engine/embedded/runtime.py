"""The embedded engine: a Rasa project run in this process, one turn at a time."""

import importlib
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.engine.embedded.actions import ActionRunner
from bot.engine.embedded.calls import Called, Calls, Executor
from bot.engine.embedded.events import Event
from bot.engine.embedded.memory import Memory
from bot.engine.embedded.problems import Place, Problem, ProjectInvalid
from bot.engine.embedded.project import TRAINING_DATA, Project, load_project
from bot.engine.embedded.registry import executor_of
from bot.engine.embedded.responses import Choose
from bot.engine.embedded.tracker import Sight
from bot.engine.embedded.turn import TurnRun
from bot.engine.embedded.understanding import Parse, Understanding
from bot.engine.embedded.values import copy_json
from bot.engine.port import Outcome, Turn
from kernel.clock import Clock, SystemClock

OUTPUT_CHANNEL = "collector"
"""The output channel that responses are filtered by: that of Rasa's REST API, on every channel."""


Loader = Callable[[Mapping[str, Any]], Parse]
"""Takes a component's options of config.yml, gives its `parse`."""
_NONE: Mapping[str, Loader] = {}


@dataclass(frozen=True, slots=True)
class Trace:
    """What one turn did, for tests and for comparing engines."""

    conversation: str
    events: Sequence[Event]
    calls: Sequence[Called]
    slots: Mapping[str, Any]
    active_loop: str | None

    @property
    def actions(self) -> list[str]:
        """The actions run, in order."""
        return [event["name"] for event in self.events if event["event"] == "action"]


class EmbeddedEngine:
    """Runs a project's dialogues. Keeps nothing between turns: state goes in and comes out."""

    def __init__(
        self,
        project: Project,
        *,
        parse: Parse,
        executor: Executor,
        clock: Clock,
        choose: Choose,
        observe: Callable[[Trace], None] | None = None,
    ) -> None:
        self.project = project
        self._clock = clock
        self._choose = choose
        self._calls = Calls(executor, choose)
        self.observe = observe
        sight = Sight(project.book.slots_seen(project.domain), project.book.lookback)
        self._memory = Memory(project.domain, sight)
        self._understanding = Understanding(parse, project.domain, project.config.fallback)

    async def handle(self, turn: Turn) -> Outcome:
        """Run one turn. See `bot.engine.port.Engine`."""
        project = self.project
        tracker = self._memory.load(turn.state, turn.conversation)
        metadata: dict[str, Any] = copy_json({**turn.metadata, "message_id": turn.message_id})
        actions = ActionRunner(
            project.domain, self._calls, self._choose, OUTPUT_CHANNEL, tracker.slots_ever_set
        )
        run = TurnRun(tracker, project.policy, actions, self._clock.now())
        await run.begin(metadata)
        text = turn.text.strip()
        parsed = await self._understanding.parse(text)
        message: Event = {
            "event": "user",
            "timestamp": run.now,
            "text": text,
            "parse_data": {
                "intent": {},
                "entities": [],
                "text": text,
                "message_id": turn.message_id,
                "metadata": metadata,
                **parsed,
            },
            "input_channel": turn.channel,
            "message_id": turn.message_id,
            "metadata": metadata,
        }
        await run.hear(message)
        if self.observe is not None:
            self.observe(
                Trace(
                    turn.conversation,
                    tuple(tracker.events),
                    tuple(actions.made),
                    dict(tracker.slots),
                    tracker.loop_name,
                )
            )
        language = tracker.slots.get("language")
        return Outcome(
            replies=tuple(run.replies),
            state=self._memory.dump(tracker),
            language=language if isinstance(language, str) else None,
        )

    async def parse(self, text: str) -> Mapping[str, object]:
        """Understand `text` in Rasa's parse format, fallback and payloads included."""
        return await self._understanding.parse(text)

    async def ready(self) -> bool:
        """Always: whatever could be missing was refused when the project was loaded."""
        return True

    async def forget(self, conversations: Sequence[str]) -> None:
        """Nothing is kept but the state, which its owner drops."""

    async def close(self) -> None:
        """Nothing is held."""


def create(
    root: Path,
    actions_package: str = "actions",
    *,
    clock: Clock | None = None,
    randomness: random.Random | None = None,
    parse: Parse | None = None,
    loaders: Mapping[str, Loader] = _NONE,
    executor: Executor | None = None,
    training_data: Sequence[str] = TRAINING_DATA,
    observe: Callable[[Trace], None] | None = None,
) -> EmbeddedEngine:
    """Load the Rasa project under `root` and make its engine.

    `loaders` load components by their dotted names in place of the components' own `load`.
    `parse` and `executor` stand in for the component that config.yml names and for the actions of
    `actions_package`; `randomness` chooses among wordings, `observe` sees every turn.

    Raises:
        ProjectInvalid: the files cannot be run; its problems say where and what to write.
    """
    known: list[str] | None = None
    if executor is None:
        registry = executor_of(actions_package)
        known = list(registry.actions)
        executor = registry
    project = load_project(root, training_data=training_data, known_actions=known)
    if parse is None:
        parse = _component(project, loaders)
    return EmbeddedEngine(
        project,
        parse=parse,
        executor=executor,
        clock=clock or SystemClock(),
        choose=(randomness or random.Random()).choice,  # noqa: S311 - which wording, not a secret
        observe=observe,
    )


def _component(project: Project, loaders: Mapping[str, Loader]) -> Parse:
    """Load the understanding that config.yml names: `load(options)`, then `parse(text)`.

    A component that also has `parse_async` is asked through that.
    """
    dotted = project.config.component or ""
    if dotted in loaders:
        return loaders[dotted](project.config.component_options)
    module_name, _, class_name = dotted.rpartition(".")
    try:
        component = getattr(importlib.import_module(module_name), class_name)
    except (ImportError, AttributeError, ValueError) as error:
        problem = Problem(
            Place("config.yml", 1), f"component '{dotted}'", f"cannot be imported: {error}"
        )
        raise ProjectInvalid([problem]) from error
    loaded = component.load(dict(project.config.component_options))
    parse: Parse = getattr(loaded, "parse_async", loaded.parse)
    return parse
