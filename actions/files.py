"""Photos and other files: kept with the matter under way, or added to the case that there is."""

from collections.abc import Sequence

import structlog
from rasa_sdk.events import EventType, FollowupAction, SlotSet

from actions.context import services
from actions.turn import FORM, CitizenAction, Turn
from api.client import ApiProblem
from api.contract.wire import MAX_WORDS

SLOT = "photo"
MOST = 20
"""Files of one matter."""

LOST = "attachment_not_found"

_log = structlog.get_logger(__name__)


def waiting(turn: Turn) -> list[str]:
    """The ids of files that no case has yet, oldest first, those of this message included."""
    kept = turn.slots.get(SLOT)
    before = [str(one) for one in kept] if isinstance(kept, list) else []
    return list(dict.fromkeys([*before, *turn.message.attachments]))[:MOST]


def gathered(turn: Turn) -> list[EventType]:
    """The event that keeps the files of this message; it is given for every message there is."""
    if not turn.message.attachments:
        return []
    return [SlotSet(SLOT, waiting(turn))]


class SendFiles(CitizenAction):
    """Files without a word: they join the matter under way, else the case last spoken of."""

    def name(self) -> str:
        """See the base class."""
        return "action_send_files"

    async def act(self, turn: Turn) -> list[EventType]:
        """Say that they came, and where they go."""
        if turn.in_form:
            turn.respond("utter_files_received")
            return []
        if turn.draft.begun and turn.draft.confirm is None:
            turn.respond("utter_files_received")
            return [FollowupAction(FORM)]
        number = turn.slots.get("last_case")
        if number and (events := await join(turn, str(number))) is not None:
            return events
        turn.respond("utter_files_wait")
        return []


async def join(turn: Turn, number: str) -> list[EventType] | None:
    """Add the waiting files to a case; `None` when it takes nothing any more."""
    client, said = services().client, turn.message.said[:MAX_WORDS] or None
    try:
        await client.add_remark(
            number,
            turn.conversation,
            said,
            attachments=waiting(turn),
            idempotency_key=turn.key("files"),
        )
    except ApiProblem as problem:
        if problem.code in ("move_not_allowed", "case_not_found"):
            return None
        if problem.code != LOST:
            raise
        turn.respond("utter_files_lost")
        return [SlotSet(SLOT, None)]
    turn.respond("utter_files_joined", number=number)
    return [SlotSet(SLOT, None)]


def without_lost(turn: Turn, attachments: Sequence[str], problem: ApiProblem) -> list[str]:
    """Say that files were lost, and give those that are still there."""
    gone = set(str(problem.params.get("ids", "")).split(","))
    _log.warning("files_lost", count=len(gone))
    turn.respond("utter_files_lost")
    return [one for one in attachments if one not in gone]
