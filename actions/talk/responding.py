"""Decide what a message means in the state of the dialogue, and run the move for it.

Only this action maps an intent to a dialogue move. While the form is active, it receives the
messages that the form does not take; the form then asks again.
"""

from collections.abc import Mapping

from rasa_sdk.events import EventType

from actions.case.progress import ShowProgress
from actions.case.remarks import AddDetails, Correct, RateCase
from actions.case.requests import UrgeCase, WithdrawCase
from actions.files import SendFiles
from actions.form.beginning import BeginCase
from actions.meaning.weighing import judged
from actions.talk.consulting import Consult
from actions.talk.duty import ConfirmLive, LeaveLive, TalkToPerson
from actions.talk.privacy import Privacy
from actions.talk.replying import Affirm, Deny, Inform, Unsure
from actions.talk.talking import ChangeLanguage
from actions.turn import ActionTurn, CitizenAction, DialogueMove, answering

_begin, _inform = BeginCase(), Inform()

MOVES: Mapping[str, DialogueMove] = {
    "help": _begin,
    "complaint": _begin,
    "report": _begin,
    "suggestion": _begin,
    "praise": _begin,
    "emergency": _begin,
    "choose_kind": _begin,
    "choose_category": _begin,
    "consult": Consult(),
    "check_progress": ShowProgress(),
    "add_details": AddDetails(),
    "correct": Correct(),
    "withdraw": WithdrawCase(),
    "urge": UrgeCase(),
    "rate": RateCase(),
    "talk_to_person": TalkToPerson(),
    "live_solved": ConfirmLive(),
    "live_leave": LeaveLive(),
    "change_language": ChangeLanguage(),
    "privacy": Privacy(),
    "send_files": SendFiles(),
    "affirm": Affirm(),
    "deny": Deny(),
    "inform": _inform,
    "nlu_fallback": Unsure(),
}
"""The dialogue move for each meaning."""

REPLIES: Mapping[str, str] = {
    "greet": "utter_greet",
    "thank": "utter_welcome",
    "goodbye": "utter_goodbye",
    "how_to_use": "utter_how_to_use",
    "out_of_scope": "utter_out_of_scope",
    "skip": "utter_fine",
    "refuse": "utter_fine",
}
"""Meanings that are answered by a text only."""

_MAY_ANSWER = frozenset(
    {
        "help",
        "complaint",
        "report",
        "suggestion",
        "praise",
        "emergency",
        "choose_kind",
        "choose_category",
        "consult",
        "add_details",
        "affirm",
        "correct",
        "deny",
        "inform",
        "nlu_fallback",
        "rate",
        "urge",
        "withdraw",
    }
)
"""Intents whose messages may answer a question outside the form, such as a survey."""


class Respond(CitizenAction):
    """Decides the meaning of the message and runs its dialogue move."""

    def name(self) -> str:
        """See the base class."""
        return "action_respond"

    async def act(self, turn: ActionTurn) -> list[EventType]:
        """Let an open survey take the message; else decide its meaning and run the move."""
        if turn.message.intent in _MAY_ANSWER:
            for takes in answering:
                if (events := await takes(turn)) is not None:
                    return events
        turn.message = await judged(turn)
        intent = turn.message.intent
        if intent in REPLIES:
            turn.respond(REPLIES[intent])
            return []
        move = MOVES.get(intent)
        if move is None:
            turn.respond("utter_not_understood")
            return []
        return await move.act(turn)
