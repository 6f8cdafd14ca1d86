"""The rest of the talk: which language, and being lost."""

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
"""Words, or characters of a script that writes no spaces, that make a sentence."""


class DetectLanguage(CitizenAction):
    """Fills the slot `language` while nobody chose: by the words, else by the channel's setting."""

    def name(self) -> str:
        """See the base class."""
        return "action_detect_language"

    async def act(self, turn: ActionTurn) -> list[EventType]:
        """Give the language that the message is in, as far as it tells, and keep its files.

        Both are wanted of every message, and a second action for each would cost every turn.
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
    """Whether a citizen who never chose a language now speaks in another.

    The name of a street or of a shop is no reason: answers may be in any language.
    """
    if turn.slots.get("language_chosen") or turn.message.intent in _ANSWERS:
        return False
    words = _WORD.findall(turn.message.said)
    return len(words) >= _SENTENCE


class ChangeLanguage(DialogueMove):
    """Goes on in the language asked for, or in the other one when none is named."""

    async def act(self, turn: ActionTurn) -> list[EventType]:
        """Say so in the new language."""
        wanted = turn.message.word("language")
        if wanted not in _LANGUAGES:
            wanted = next(language for language in _LANGUAGES if language != turn.language)
        turn.say(DialogueTexts(turn.domain, wanted).piece("utter_language_changed"))
        return [SlotSet("language", wanted), SlotSet("language_chosen", value=True)]


class Lost(CitizenAction):
    """What no rule covers: the engine's last resort. Unlike Rasa's own it takes nothing back."""

    def name(self) -> str:
        """See the base class."""
        return "action_lost"

    async def act(self, turn: ActionTurn) -> list[EventType]:
        """Say that it was not understood."""
        turn.respond("utter_not_understood")
        return []
