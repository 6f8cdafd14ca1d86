"""Attach photos and other files to the current draft or to an existing case."""

from collections.abc import Sequence

import structlog
from rasa_sdk.events import EventType, FollowupAction, SlotSet

from actions.context import services
from actions.message import REQUESTS
from actions.turn import FORM, ActionTurn, DialogueMove
from api.client import ApiProblem, ApiUnavailable
from api.contract.wire import MAX_WORDS

SLOT = "photo"
MOST = 20
"""Most files of one matter."""

LOST = "attachment_not_found"

_TAKES_FILES = REQUESTS - {"consult"} | {"emergency", "add_details", "correct"}

_log = structlog.get_logger(__name__)


def waiting(turn: ActionTurn) -> list[str]:
    """Return the ids of files without a case, oldest first, including those of this message."""
    kept = turn.slots.get(SLOT)
    before = [str(id_) for id_ in kept] if isinstance(kept, list) else []
    return list(dict.fromkeys([*before, *turn.message.attachments]))[:MOST]


async def gathered(turn: ActionTurn) -> list[EventType]:
    """Store the files of a message, whatever its words; called for every message.

    Words that open a matter, add to one, or answer the form keep their files. With other words
    ("here it is", "thank you") the files are added to the case last mentioned, or to the next
    matter if there is none. It sends no reply: engines do not let an action for slots reply, and
    `bot.dialogue.turns` has acknowledged the files.
    """
    if not turn.message.attachments:
        return []
    kept: list[EventType] = [SlotSet(SLOT, waiting(turn))]
    under_way = turn.in_form or (turn.draft.begun and turn.draft.confirm is None)
    if not turn.message.said or under_way or turn.message.intent in _TAKES_FILES:
        return kept
    number = turn.slots.get("last_case")
    try:
        if number and (joined := await join(turn, str(number), quiet=True)) is not None:
            return joined
    except (ApiProblem, ApiUnavailable) as error:
        _log.warning("files_not_joined", reason=str(error))
    return kept


class SendFiles(DialogueMove):
    """Handles files without words: adds them to the draft, or to the case last mentioned."""

    async def act(self, turn: ActionTurn) -> list[EventType]:
        """Acknowledge the files and say where they are added."""
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


async def join(turn: ActionTurn, number: str, *, quiet: bool = False) -> list[EventType] | None:
    """Add the waiting files to a case; `None` when it accepts no additions."""
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
    if not quiet:
        turn.respond("utter_files_joined", number=number)
    return [SlotSet(SLOT, None)]


def without_lost(turn: ActionTurn, attachments: Sequence[str], problem: ApiProblem) -> list[str]:
    """Tell the citizen that files were lost, and return the remaining ones."""
    gone = set(str(problem.params.get("ids", "")).split(","))
    _log.warning("files_lost", count=len(gone))
    turn.respond("utter_files_lost")
    return [attachment for attachment in attachments if attachment not in gone]
