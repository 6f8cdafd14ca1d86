"""What the intake asks of a live desk: people who answer a conversation instead of the bot."""

from typing import Protocol

from bot.engine.port import Outcome, Turn


class Desk(Protocol):
    """Takes the messages of conversations that wait for a person or talk to one."""

    async def take(self, turn: Turn) -> Outcome:
        """Hand a message to the desk; the replies are words about waiting, mostly none.

        Raises:
            bot.engine.port.EngineUnavailable: the desk cannot be reached now; the message stays in
                the inbox and is tried again.
        """
        ...
