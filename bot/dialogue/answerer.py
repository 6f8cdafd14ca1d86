"""Answer one message: by the desk where staff answer, else by the engine."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from structlog import get_logger

from bot import limits
from bot.dialogue import offers
from bot.dialogue.commands import COMMANDS, command_of, controls_engine
from bot.dialogue.desk import DeskUnavailable, Handover, switch_in
from bot.dialogue.engine.port import Engine, EngineUnavailable, Outcome, Turn
from bot.message import InboxMessage, MessageBody, Reply
from bot.privacy.notice import version_on
from bot.store.conversations import Lease
from bot.store.envelope import Envelopes
from bot.store.modes import Mode, Switch
from bot.texts import CitizenTexts

logger = get_logger(__name__)

FILES = "/send_files"
"""Payload for the dialogue when a message contains only files: its own intent."""


class Unanswered(Exception):  # noqa: N818 - a state
    """The message could not be answered now.

    `kind` names the error. `counted` is true when the message itself may be the cause, `desk` when
    it was addressed to staff.
    """

    def __init__(self, kind: str, *, counted: bool, desk: bool = False) -> None:
        super().__init__()
        self.kind = kind
        self.counted = counted
        self.desk = desk


class Answerer:
    """Asks the desk or the engine for the outcome of one message, for `seconds` at most."""

    def __init__(
        self,
        *,
        engine: Engine,
        desk: Handover | None,
        envelopes: Envelopes,
        texts: CitizenTexts,
        seconds: float,
    ) -> None:
        self._engine = engine
        self._desk = desk
        self._envelopes = envelopes
        self._texts = texts
        self._seconds = seconds

    async def answer(
        self, lease: Lease, message: InboxMessage, language: str | None
    ) -> tuple[Outcome | None, Switch | None]:
        """Return the outcome, None for a body that cannot be read, and the switch of mode.

        Raises:
            Unanswered: the message could not be answered now.
        """
        body = message.body
        if body is None:
            return None, None
        if not body.text and not body.attachments:
            return self._say(lease, "empty", language), None
        if len(body.text) > limits.HANDLED:
            words = self._say(
                lease, "too_long", language, length=len(body.text), limit=limits.HANDLED
            )
            return words, None
        try:
            offered, state = offers.unpack(self._envelopes.open_state(lease.state))
            text = _meant(body, offered)
            if text is None:
                return self._say(lease, "no_command", language), None
            turn = Turn(
                conversation=lease.conversation,
                message_id=f"{lease.conversation}.{message.replay_of or lease.next}",
                text=text,
                channel=lease.channel,
                state=state,
                metadata=_metadata(body, language, version_on(lease.channel)),
                again=message.again,
            )
            async with asyncio.timeout(self._seconds):
                return await self._ask(turn, lease.mode)
        except DeskUnavailable:
            logger.warning("desk_unavailable", conversation=lease.conversation)
            raise Unanswered("DeskUnavailable", counted=False, desk=True) from None
        except EngineUnavailable:
            logger.warning("engine_unavailable", conversation=lease.conversation)
            raise Unanswered("EngineUnavailable", counted=False) from None
        except TimeoutError:
            logger.warning("engine_too_slow", conversation=lease.conversation, message=lease.next)
            raise Unanswered(TimeoutError.__name__, counted=True) from None
        except Exception as error:
            logger.exception("turn_failed", conversation=lease.conversation, message=lease.next)
            raise Unanswered(type(error).__name__, counted=True) from None

    async def _ask(self, turn: Turn, mode: Mode) -> tuple[Outcome, Switch | None]:
        switch = None
        if self._desk is not None and mode is not Mode.BOT:
            taken = await self._desk.take(turn, mode)
            if taken.outcome is not None:
                return taken.outcome, taken.switch
            switch = taken.switch
        # The dialogue cannot understand files without words. Files with words are acknowledged
        # here, because the dialogue answers only the words.
        alone = not turn.text
        outcome = await self._engine.handle(replace(turn, text=FILES) if alone else turn)
        if turn.metadata.get("attachments") and not alone:
            spoken = outcome.language or turn.metadata.get("language")
            came = self._texts.words("files_received", spoken if isinstance(spoken, str) else None)
            outcome = replace(outcome, replies=(Reply(came), *outcome.replies))
        return outcome, switch_in(outcome.replies) or switch

    def _say(self, lease: Lease, key: str, language: str | None, **parameters: object) -> Outcome:
        """Answer without the engine; its state of the conversation does not change."""
        words = Reply(self._texts.words(key, language, **parameters))
        _, state = offers.unpack(self._envelopes.open_state(lease.state))
        return Outcome((words,), state, None)


def _meant(body: MessageBody, offered: Mapping[str, str]) -> str | None:
    """Return the engine's text of a message; None for an unknown command.

    The typed title of a button of the last turn counts as its tap. Typed words that look like a
    payload are changed so that they are not one.
    """
    if body.payload:
        return None if controls_engine(body.text) else body.text
    if body.emergency is None and not body.attachments:
        if (payload := offers.meant(body.text, offered)) is not None:
            return payload
        if (command := command_of(body.text)) is not None:
            return f"/{COMMANDS[command]}" if command in COMMANDS else None
    if not body.text.startswith("/"):
        return body.text
    return "\N{FULLWIDTH SOLIDUS}" + body.text[1:]


def _metadata(body: MessageBody, language: str | None, notice: str | None) -> dict[str, object]:
    about: dict[str, object] = {
        "language": language,
        "sent_at": body.sent_at,
        "attachments": list(body.attachments),
        "emergency": body.emergency,
        "notice": notice,
    }
    return {**body.metadata, **{name: value for name, value in about.items() if value}}
