"""Set the conversation's language, and answer messages that no rule covers."""

import re

from rasa_sdk.events import EventType, SlotSet

from actions.files import gathered
from actions.message import FALLBACK
from actions.turn import ActionTurn, CitizenAction, DialogueMove
from actions.words import DialogueTexts

_LANGUAGES = ("zh", "en")
_ANSWERS = frozenset({"inform", "correct", FALLBACK})
_WORD = re.compile(r"[A-Za-z']+|[^\W\da-zA-Z_]")
_SENTENCE = 4
"""Fewest words, or characters of a script without spaces, of a sentence."""


class DetectLanguage(CitizenAction):
    """Fills the slot `language` if the citizen chose none: by the words, else by the channel."""

    def name(self) -> str:
        """See the base class."""
        return "action_detect_language"

    async def act(self, turn: ActionTurn) -> list[EventType]:
        """Set the message's language, if it is clear, and store its files.

        Every message needs both, and a second action would make every turn slower.
        """
        return [*_language(turn), *await gathered(turn)]


def _language(turn: ActionTurn) -> list[EventType]:
    spoken = (turn.tracker.latest_message or {}).get("language")
    known = turn.slots.get("language")
    if known not in _LANGUAGES:
        tells = any(map(str.isalpha, turn.message.said))
        chosen = turn.message.metadata.get("language")
        found = next(
            (
                language
                for language in (spoken if tells else None, chosen)
                if language in _LANGUAGES
            ),
            None,
        )
        return [SlotSet("language", found)] if found else []
    if spoken in _LANGUAGES and spoken != known and _speaks_otherwise(turn):
        return [SlotSet("language", spoken)]
    return []


def _speaks_otherwise(turn: ActionTurn) -> bool:
    """Return whether a citizen who chose no language now writes in another one.

    The name of a street or shop does not count: answers may be in any language.
    """
    if turn.slots.get("language_chosen") or turn.message.intent in _ANSWERS:
        return False
    words = _WORD.findall(turn.message.said)
    return len(words) >= _SENTENCE


class ChangeLanguage(DialogueMove):
    """Changes to the requested language, or to the other one when none is named."""

    async def act(self, turn: ActionTurn) -> list[EventType]:
        """Confirm the change in the new language."""
        wanted = turn.message.word("language")
        if wanted not in _LANGUAGES:
            wanted = next(language for language in _LANGUAGES if language != turn.language)
        turn.say(DialogueTexts(turn.domain, wanted).piece("utter_language_changed"))
        return [SlotSet("language", wanted), SlotSet("language_chosen", value=True)]


class DefaultFallback(CitizenAction):
    """Fallback action for messages without a rule. Unlike Rasa's own it reverts no event."""

    def name(self) -> str:
        """See the base class."""
        return "action_lost"

    async def act(self, turn: ActionTurn) -> list[EventType]:
        """Say that it was not understood."""
        turn.respond("utter_not_understood")
        return []
