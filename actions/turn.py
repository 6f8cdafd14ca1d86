"""One action's run: what it was given, and how it speaks."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import structlog
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, Tracker

from actions.draft import Draft
from actions.message import UnderstoodMessage
from actions.words import DialogueTexts
from api.client import ApiProblem, ApiUnavailable

FORM = "case_form"
_log = structlog.get_logger(__name__)

Button = Mapping[str, str]

Answering = Callable[["ActionTurn"], Awaitable[list[EventType] | None]]
"""Takes a message that answers what was asked outside the form; None leaves it to the action."""

answering: list[Answering] = []
"""All who may take a message before the action of its rule; `actions.case.rating` is one."""


class ActionTurn:
    """What one action sees of the conversation, and its way to speak."""

    def __init__(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Mapping[str, Any]
    ) -> None:
        self._dispatcher = dispatcher
        self.tracker = tracker
        self.domain = domain
        self.slots: Mapping[str, Any] = tracker.slots
        self.words = DialogueTexts(domain, tracker.slots.get("language"))

    @cached_property
    def message(self) -> UnderstoodMessage:
        """The citizen's message."""
        return UnderstoodMessage(self.tracker.latest_message or {})

    @cached_property
    def draft(self) -> Draft:
        """The matter under way; changing it changes no slot until its events are returned."""
        return Draft.of(self.slots)

    @property
    def conversation(self) -> str:
        """The conversation's id, which is also the citizen's contact point."""
        return str(self.tracker.sender_id)

    @property
    def channel(self) -> str:
        """Where the message came from."""
        return str(self.tracker.get_latest_input_channel() or "rest")

    @property
    def language(self) -> str:
        """The language of the conversation."""
        return self.words.language

    @property
    def in_form(self) -> bool:
        """Whether a matter is being asked about; what is said then must lead back to it."""
        return (self.tracker.active_loop or {}).get("name") == FORM

    @property
    def pending(self) -> Mapping[str, Any]:
        """What the last "shall I?" was about; empty when nothing was offered."""
        pending = self.slots.get("pending")
        return pending if isinstance(pending, Mapping) else {}

    def key(self, action: str, ordinal: int = 0) -> str:
        """The idempotency key of what `action` does for this message."""
        return f"{self.conversation}:{self.message.id}:{action}:{ordinal}"

    def respond(
        self,
        response: str,
        *,
        buttons: Sequence[Button] = (),
        **values: Any,  # noqa: ANN401 - rasa-sdk mixes them with its own parameters
    ) -> None:
        """Say a response of the domain; `buttons` follow its own."""
        self._dispatcher.utter_message(
            response=response,
            buttons=[dict(button) for button in buttons],
            **{name: _no_tag(value) for name, value in values.items()},
        )

    def say(
        self,
        text: str,
        *,
        buttons: Sequence[Button] = (),
        custom: Mapping[str, Any] | None = None,
    ) -> None:
        """Say words that were put together here."""
        self._dispatcher.utter_message(
            text=text,
            buttons=[dict(button) for button in buttons],
            json_message=dict(custom) if custom else None,
        )


def _no_tag(value: Any) -> Any:  # noqa: ANN401 - as it was given
    """Part the characters `0[` in words by a joiner that nobody sees.

    Rasa takes them for a tag that was not filled, and then says the response with all its tags as
    they stand in the domain (`rasa.core.nlg.interpolator`, 3.6.21).
    """
    return value.replace("0[", "0\u2060[") if isinstance(value, str) else value


class DialogueMove(ABC):
    """What follows on a meaning of the citizen's message."""

    @abstractmethod
    async def act(self, turn: ActionTurn) -> list[EventType]:
        """Do it, speak, and give the events that follow."""


class CitizenAction(DialogueMove, Action, ABC):
    """An action that never fails towards the engine.

    The engine would go on with the rule as if the action had succeeded and say things that are
    not so. Therefore whatever goes wrong is told to the citizen here, and the slots stay.
    """

    @abstractmethod
    def name(self) -> str:
        """The action's name in the domain."""

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Mapping[str, Any]
    ) -> list[EventType]:
        """Run for rasa-sdk."""
        turn = ActionTurn(dispatcher, tracker, domain)
        try:
            return await self.act(turn)
        except (ApiUnavailable, ApiProblem) as error:
            _log.warning("action_failed", action=self.name(), reason=str(error))
            return self.failed(turn)

    def failed(self, turn: ActionTurn) -> list[EventType]:
        """Tell the citizen that the case service did not answer."""
        turn.respond("utter_unavailable")
        return []


def forget_draft(turn: ActionTurn) -> list[EventType]:
    """The events that close the matter under way."""
    return Draft().events(turn.slots)


def set_pending(pending: Mapping[str, Any] | None) -> EventType:
    """Remember what was just offered; `None` when nothing was."""
    return SlotSet("pending", dict(pending) if pending else None)
