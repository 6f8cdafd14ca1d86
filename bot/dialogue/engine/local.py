"""Engine adapter that runs the embedded agent in this process."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.dialogue.engine.embedded.agent import Agent, Loader, Message, load_agent
from bot.dialogue.engine.port import Outcome, Turn
from bot.dialogue.engine.replies import replies
from kernel.clock import Clock


class EmbeddedEngine:
    """Runs turns on an embedded agent. It is stateless between turns."""

    def __init__(self, agent: Agent) -> None:
        self.agent = agent

    async def handle(self, turn: Turn) -> Outcome:
        """Run one turn. See `bot.dialogue.engine.port.Engine`."""
        answer = await self.agent.handle(
            Message(
                sender=turn.conversation,
                text=turn.text,
                state=turn.state,
                id=turn.message_id,
                channel=turn.channel,
                metadata=turn.metadata,
            )
        )
        language = answer.slots.get("language")
        return Outcome(
            replies=tuple(reply for event in answer.said for reply in replies(event)),
            state=answer.state,
            language=language if isinstance(language, str) else None,
        )

    async def parse(self, text: str) -> Mapping[str, object]:
        """Parse `text` into Rasa's parse format, with fallback and payloads."""
        return await self.agent.parse(text)

    async def ready(self) -> bool:
        """Return true: loading the project would have failed otherwise."""
        return True

    async def forget(self, conversations: Sequence[str]) -> None:
        """Do nothing: the only data is the state, which its owner deletes."""

    async def close(self) -> None:
        """Do nothing: there are no resources."""


def load_engine(
    root: Path, *, actions_package: str, clock: Clock, loaders: Mapping[str, Loader]
) -> EmbeddedEngine:
    """Load the Rasa project under `root` and make its engine. See `load_agent`.

    Raises:
        bot.dialogue.engine.embedded.problems.ProjectInvalid: the files cannot be run.
    """
    return EmbeddedEngine(
        load_agent(root, actions_package, loaders=loaders, now=lambda: clock.now().timestamp())
    )
