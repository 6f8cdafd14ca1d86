"""Find the citizen's case: by the number in the message, else the last or newest one."""

import re
from abc import ABC, abstractmethod

from rasa_sdk.events import EventType

from actions.catalogue import dialogue_catalogue
from actions.context import services
from actions.form.beginning import begin
from actions.judgement import categories
from actions.message import REQUESTS
from actions.turn import ActionTurn, DialogueMove
from api.client import ApiProblem
from api.contract import CaseOut

ENDED = frozenset({"closed", "answered_online", "rejected", "withdrawn", "merged"})
"""Final states of a case, which accept no additions."""


async def own_case(turn: ActionTurn) -> CaseOut | list[EventType]:
    """Return the case that the citizen means, or the events after the answer that there is none."""
    client, citizen = services().client, turn.conversation
    wanted = turn.message.word("case_number") or turn.slots.get("last_case")
    if wanted is None:
        newest = await client.cases(contact_point=citizen, limit=1)
        if not newest.items:
            return await _no_case(turn)
        wanted = newest.items[0].number
    try:
        return await client.case(str(wanted), contact_point=citizen)
    except ApiProblem as error:
        if error.code not in ("case_not_found", "invalid_request", "not_found"):
            raise
        if (code := _ACCESS.search(turn.message.said)) is not None:
            return await _followed(turn, str(wanted), code[0])
        turn.respond("utter_case_not_found", number=str(wanted))
        return []


_ACCESS = re.compile(r"(?<![0-9A-Za-z-])[0-9A-Za-z]{4}(?:[- ][0-9A-Za-z]{4}){2}(?![0-9A-Za-z-])")
"""An access code, as printed on a receipt."""


async def _followed(turn: ActionTurn, number: str, code: str) -> CaseOut | list[EventType]:
    """Find a case of another channel by its number and access code."""
    client = services().client
    try:
        return await client.follow(turn.conversation, number, code, turn.channel, turn.language)
    except ApiProblem as error:
        tries = error.code == "tries_used_up"
        turn.respond("utter_follow_tries" if tries else "utter_follow_wrong", number=number)
        return []


async def _no_case(turn: ActionTurn) -> list[EventType]:
    """Answer that no case exists; words that urge and describe a matter start a new one."""
    if turn.in_form:
        turn.respond("utter_still_filing")
        return []
    known = await dialogue_catalogue()
    guess = categories.guess(turn.message, known)
    impatient = turn.message.intent in ("urge", "rate")
    if impatient and guess.code is not None and known.substantial(turn.message.said, guess.code):
        likely = (
            intent.name for intent in turn.message.intents if intent.name in REQUESTS - {"consult"}
        )
        return await begin(turn, next(likely, "help"), turn.message)
    turn.respond("utter_no_case_yet")
    return []


class AboutCase(DialogueMove, ABC):
    """Base of actions on one case of the citizen: finds the case, then calls `about`."""

    async def act(self, turn: ActionTurn) -> list[EventType]:
        """Find the case and call `about`."""
        found = await own_case(turn)
        return await self.about(turn, found) if isinstance(found, CaseOut) else found

    @abstractmethod
    async def about(self, turn: ActionTurn, case: CaseOut) -> list[EventType]:
        """Run the action on `case`, reply, and return the events."""
