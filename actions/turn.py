"""Provide one action's run: its input and its replies."""

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
"""Handles an answer to a question outside the form; None leaves the message to the action."""

answering: list[Answering] = []
"""Handlers that may answer before the rule's action, such as that of `actions.case.rating`."""


class ActionTurn:
    """Input of one action, and its methods to reply."""

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
        """The current draft; changes reach the slots only when its events are returned."""
        return Draft.of(self.slots)

    @property
    def conversation(self) -> str:
        """The conversation's id, which is also the citizen's contact point."""
        return str(self.tracker.sender_id)

    @property
    def channel(self) -> str:
        """The channel of the message."""
        return str(self.tracker.get_latest_input_channel() or "rest")

    @property
    def language(self) -> str:
        """The language of the conversation."""
        return self.words.language

    @property
    def in_form(self) -> bool:
        """Whether the case form is active; replies must then lead back to it."""
        return (self.tracker.active_loop or {}).get("name") == FORM

    @property
    def pending(self) -> Mapping[str, Any]:
        """Data of the last offer; empty when there is none."""
        pending = self.slots.get("pending")
        return pending if isinstance(pending, Mapping) else {}

    def key(self, action: str, ordinal: int = 0) -> str:
        """Return the idempotency key of what `action` does for this message."""
        return f"{self.conversation}:{self.message.id}:{action}:{ordinal}"

    def respond(
        self,
        response: str,
        *,
        buttons: Sequence[Button] = (),
        **values: Any,  # noqa: ANN401 - rasa-sdk mixes them with its own parameters
    ) -> None:
        """Send a response of the domain; `buttons` follow its own."""
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
        """Send words that the action has composed."""
        self._dispatcher.utter_message(
            text=text,
            buttons=[dict(button) for button in buttons],
            json_message=dict(custom) if custom else None,
        )


def _no_tag(value: Any) -> Any:  # noqa: ANN401 - as it was given
    """Separate the characters `0[` in words by an invisible joiner.

    Rasa reads them as an unfilled placeholder and then sends the response with all placeholders
    unfilled (`rasa.core.nlg.interpolator`, 3.6.21).
    """
    return value.replace("0[", "0\u2060[") if isinstance(value, str) else value


class DialogueMove(ABC):
    """Handles one meaning of the citizen's message."""

    @abstractmethod
    async def act(self, turn: ActionTurn) -> list[EventType]:
        """Run the action, reply, and return the events."""


class CitizenAction(DialogueMove, Action, ABC):
    """Base of actions: an error never reaches the engine.

    The engine would continue the rule as if the action had succeeded, and send wrong replies.
    Therefore every error is reported to the citizen here, and the slots stay unchanged.
    """

    @abstractmethod
    def name(self) -> str:
        """Return the action's name in the domain."""

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
    """Return the events that delete the current draft."""
    return Draft().events(turn.slots)


def set_pending(pending: Mapping[str, Any] | None) -> EventType:
    """Return the event that stores the last offer; `None` when there is none."""
    return SlotSet("pending", dict(pending) if pending else None)
