"""Define the table of moves between the states of a case.

A row has a move's states, target, roles, required parts, event, and whether the citizen is told.
Moves that are not in the table do not exist. The order of the rows is the order in which moves are
offered and published.
"""

from enum import StrEnum

from api.domain.lifecycle.states import (
    OPEN,
    UNANSWERED,
    CaseState,
    CitizenNotice,
    MoveNeed,
    Transition,
    UnitRole,
)
from api.people.rules.actor import Role


class Move(StrEnum):
    """A move of a case; each adds one entry to its history."""

    SUBMIT = "submit"
    ACCEPT = "accept"
    DISPATCH = "dispatch"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    URGE = "urge"
    REMARK = "remark"
    ADD_DETAILS = "add_details"
    REMIND = "remind"
    ANSWER_ONLINE = "answer_online"
    SIGN_IN = "sign_in"
    PROGRESS = "progress"
    REPLY = "reply"
    ASK_SUPPLEMENT = "ask_supplement"
    RESUME = "resume"
    ASK_EXTENSION = "ask_extension"
    GRANT_EXTENSION = "grant_extension"
    REFUSE_EXTENSION = "refuse_extension"
    RETURN = "return"
    ACCEPT_RETURN = "accept_return"
    REFUSE_RETURN = "refuse_return"
    OPEN_ASSESSMENT = "open_assessment"
    GIVE_VIEW = "give_view"
    RULE = "rule"
    ADD_HELPER = "add_helper"
    REMOVE_HELPER = "remove_helper"
    FINISH_TASK = "finish_task"
    MEET = "meet"
    FINISH_MEETING = "finish_meeting"
    TIER_UP = "tier_up"
    TIER_DOWN = "tier_down"
    WARN = "warn"
    SUPERVISE = "supervise"
    REPORT_UP = "report_up"
    INSTRUCT = "instruct"
    MARK_HARD = "mark_hard"
    SHELVE = "shelve"
    RECATEGORISE = "recategorise"
    MERGE = "merge"
    TAKE_OVER = "take_over"
    SPLIT = "split"
    ASK_SURVEY = "ask_survey"
    RATE = "rate"
    REHANDLE = "rehandle"
    CLOSE = "close"


def _states(*states: CaseState) -> frozenset[CaseState]:
    return frozenset(states)


_DESK = frozenset({Role.CLERK, Role.SUPERVISOR})
_SAID = frozenset({Role.CITIZEN, Role.CLERK})
_UNIT = frozenset({Role.UNIT})
_ITSELF = frozenset({Role.SYSTEM})
_LEADER = frozenset({Role.LEADER})
_IN_HAND = _states(CaseState.PROCESSING, CaseState.REHANDLING)
_WITH_UNIT = _IN_HAND | {CaseState.DISPATCHED}
_AT_WORK = _IN_HAND | {CaseState.EXTENSION_PENDING}
"""States in which a unit works, also while it waits for an extension."""
_TOGETHER = UNANSWERED - {CaseState.SUBMITTED}
_REASON = frozenset({MoveNeed.REASON})

TABLE: dict[Move, Transition] = {
    Move.SUBMIT: Transition(
        sources=frozenset(),
        target=CaseState.SUBMITTED,
        roles=_SAID | _DESK,
        event="case.submitted",
        heard=CitizenNotice.OWN,
    ),
    Move.ACCEPT: Transition(
        sources=_states(CaseState.SUBMITTED),
        target=CaseState.ACCEPTED,
        roles=_DESK | _ITSELF,
        event="case.accepted",
    ),
    Move.DISPATCH: Transition(
        sources=_states(CaseState.ACCEPTED),
        target=CaseState.DISPATCHED,
        roles=_DESK | _ITSELF,
        needs=frozenset({MoveNeed.UNIT, MoveNeed.UNTIL}),
        event="case.dispatched",
    ),
    Move.REJECT: Transition(
        sources=_states(CaseState.SUBMITTED),
        target=CaseState.REJECTED,
        roles=_DESK,
        needs=_REASON,
        event="case.rejected",
    ),
    Move.WITHDRAW: Transition(
        sources=UNANSWERED,
        target=CaseState.WITHDRAWN,
        roles=frozenset({Role.CITIZEN}),
        event="case.withdrawn",
        heard=CitizenNotice.OWN,
    ),
    # The citizen urges the hotline; the hotline, a clerk or the clock urges the unit.
    Move.URGE: Transition(
        sources=UNANSWERED,
        roles=_DESK | _ITSELF | {Role.CITIZEN},
        event="case.urged",
        heard=CitizenNotice.OWN,
    ),
    # A closed case still accepts words, so that late answers are not lost.
    Move.REMARK: Transition(
        sources=OPEN | {CaseState.CLOSED, CaseState.LONG_TERM},
        roles=_SAID,
        event="case.remarked",
        heard=CitizenNotice.NOTHING,
    ),
    Move.ADD_DETAILS: Transition(
        sources=OPEN, roles=_SAID, event="case.details_added", heard=CitizenNotice.NOTHING
    ),
    # Reminders of owed or requested details: at most twice.
    Move.REMIND: Transition(sources=UNANSWERED, roles=_ITSELF, event="case.reminded"),
    # Solved in a leader's live talk and confirmed by the citizen: filed for the record.
    Move.ANSWER_ONLINE: Transition(
        sources=_states(CaseState.SUBMITTED),
        target=CaseState.ANSWERED_ONLINE,
        roles=_ITSELF,
        event="case.answered_online",
    ),
    # The case's unit. A rehandled case needs no new signature.
    Move.SIGN_IN: Transition(
        sources=_states(CaseState.DISPATCHED),
        target=CaseState.PROCESSING,
        roles=_UNIT,
        event="case.signed_in",
    ),
    Move.PROGRESS: Transition(
        sources=_AT_WORK, roles=_UNIT, needs=frozenset({MoveNeed.NOTE}), event="case.progress"
    ),
    Move.REPLY: Transition(
        sources=_AT_WORK,
        target=CaseState.REPLIED,
        roles=_UNIT,
        needs=frozenset({MoveNeed.NOTE}),
        event="case.replied",
    ),
    # Details are missing: the clock is paused until they arrive. Never for urgent matters.
    Move.ASK_SUPPLEMENT: Transition(
        sources=_IN_HAND | {CaseState.SUBMITTED},
        target=CaseState.SUPPLEMENT,
        roles=_DESK | _UNIT,
        needs=frozenset({MoveNeed.NOTE}),
        event="case.supplement_asked",
    ),
    Move.RESUME: Transition(
        sources=_states(CaseState.SUPPLEMENT),
        back=True,
        roles=_DESK | _UNIT | _ITSELF,
        event="case.resumed",
    ),
    Move.ASK_EXTENSION: Transition(
        sources=_IN_HAND,
        target=CaseState.EXTENSION_PENDING,
        roles=_UNIT,
        needs=frozenset({MoveNeed.REASON, MoveNeed.UNTIL}),
        event="case.extension_asked",
        heard=CitizenNotice.NOTHING,
    ),
    Move.GRANT_EXTENSION: Transition(
        sources=_states(CaseState.EXTENSION_PENDING),
        back=True,
        roles=_DESK,
        needs=frozenset({MoveNeed.NOTE, MoveNeed.UNTIL}),
        event="case.extension_granted",
    ),
    Move.REFUSE_EXTENSION: Transition(
        sources=_states(CaseState.EXTENSION_PENDING),
        back=True,
        roles=_DESK,
        needs=_REASON,
        event="case.extension_refused",
        heard=CitizenNotice.NOTHING,
    ),
    Move.RETURN: Transition(
        sources=_states(CaseState.DISPATCHED, CaseState.PROCESSING),
        target=CaseState.RETURN_PENDING,
        roles=_UNIT,
        needs=frozenset({MoveNeed.REASON, MoveNeed.EVIDENCE}),
        event="case.returned",
    ),
    # Accepted: the case waits for another unit. Refused: the same unit signs, with a new clock.
    Move.ACCEPT_RETURN: Transition(
        sources=_states(CaseState.RETURN_PENDING),
        target=CaseState.ACCEPTED,
        roles=_DESK,
        event="case.return_accepted",
    ),
    Move.REFUSE_RETURN: Transition(
        sources=_states(CaseState.RETURN_PENDING),
        target=CaseState.DISPATCHED,
        roles=_DESK,
        needs=_REASON,
        event="case.return_refused",
    ),
    # The joint assessment. Its ruling is binding: the case cannot be returned again.
    Move.OPEN_ASSESSMENT: Transition(
        sources=_WITH_UNIT
        | {CaseState.ACCEPTED, CaseState.RETURN_PENDING, CaseState.REPLIED, CaseState.CALLBACK},
        target=CaseState.ASSESSMENT,
        roles=_DESK | _ITSELF,
        needs=_REASON,
        event="case.assessment_opened",
    ),
    Move.GIVE_VIEW: Transition(
        sources=_states(CaseState.ASSESSMENT),
        roles=_UNIT,
        part=UnitRole.MEMBER,
        needs=_REASON,
        event="case.view_given",
        heard=CitizenNotice.NOTHING,
    ),
    Move.RULE: Transition(
        sources=_states(CaseState.ASSESSMENT),
        target=CaseState.DISPATCHED,
        roles=_DESK | _LEADER,
        needs=frozenset({MoveNeed.REASON, MoveNeed.RULING, MoveNeed.UNIT, MoveNeed.UNTIL}),
        event="case.ruled",
    ),
    # Joint work: helpers' tasks, meetings, tiers. A ruling can name helpers too.
    Move.ADD_HELPER: Transition(
        sources=_TOGETHER,
        roles=_DESK | _LEADER,
        needs=frozenset({MoveNeed.UNIT, MoveNeed.UNTIL}),
        event="case.helper_added",
    ),
    Move.REMOVE_HELPER: Transition(
        sources=_TOGETHER,
        roles=_DESK,
        needs=frozenset({MoveNeed.REASON, MoveNeed.UNIT}),
        event="case.helper_removed",
        heard=CitizenNotice.NOTHING,
    ),
    Move.FINISH_TASK: Transition(
        sources=OPEN,
        roles=_UNIT,
        part=UnitRole.HELPER,
        needs=_REASON,
        event="case.task_finished",
        heard=CitizenNotice.NOTHING,
    ),
    Move.MEET: Transition(
        sources=_TOGETHER,
        roles=_DESK | _UNIT | _LEADER,
        needs=frozenset({MoveNeed.REASON, MoveNeed.UNTIL}),
        event="case.met",
    ),
    Move.FINISH_MEETING: Transition(
        sources=OPEN,
        roles=_DESK | _UNIT | _LEADER,
        needs=_REASON,
        event="case.meeting_done",
        heard=CitizenNotice.NOTHING,
    ),
    Move.TIER_UP: Transition(
        sources=_WITH_UNIT | {CaseState.RETURN_PENDING},
        target=CaseState.DISPATCHED,
        roles=_DESK,
        needs=frozenset({MoveNeed.REASON, MoveNeed.UNIT}),
        event="case.tier_raised",
    ),
    Move.TIER_DOWN: Transition(
        sources=_WITH_UNIT | {CaseState.RETURN_PENDING},
        target=CaseState.DISPATCHED,
        roles=_DESK,
        needs=frozenset({MoveNeed.REASON, MoveNeed.UNIT}),
        event="case.tier_lowered",
    ),
    # Supervision: flags, which do not change the state. A clock warns before it lapses.
    Move.WARN: Transition(
        sources=UNANSWERED, roles=_ITSELF, event="case.warned", heard=CitizenNotice.NOTHING
    ),
    Move.SUPERVISE: Transition(
        sources=UNANSWERED,
        roles=_ITSELF | {Role.SUPERVISOR},
        needs=_REASON,
        event="case.supervised",
    ),
    Move.REPORT_UP: Transition(
        sources=UNANSWERED,
        roles=_ITSELF | {Role.SUPERVISOR},
        needs=_REASON,
        event="case.reported_up",
        heard=CitizenNotice.NOTHING,
    ),
    Move.INSTRUCT: Transition(
        sources=OPEN,
        roles=_LEADER,
        needs=_REASON,
        event="case.instructed",
    ),
    Move.MARK_HARD: Transition(
        sources=UNANSWERED,
        roles=_DESK,
        needs=_REASON,
        event="case.marked_hard",
        heard=CitizenNotice.NOTHING,
    ),
    Move.SHELVE: Transition(
        sources=_WITH_UNIT | {CaseState.ACCEPTED, CaseState.ASSESSMENT},
        target=CaseState.LONG_TERM,
        roles=frozenset({Role.SUPERVISOR}),
        needs=frozenset({MoveNeed.REASON, MoveNeed.NOTE}),
        event="case.shelved",
    ),
    Move.RECATEGORISE: Transition(
        sources=_states(
            CaseState.SUBMITTED, CaseState.ACCEPTED, CaseState.RETURN_PENDING, CaseState.ASSESSMENT
        ),
        roles=_DESK,
        needs=_REASON,
        event="case.recategorised",
        heard=CitizenNotice.NOTHING,
    ),
    # The citizen of a merged case follows the other case; of a split case also the new one.
    Move.MERGE: Transition(
        sources=UNANSWERED,
        target=CaseState.MERGED,
        roles=_DESK,
        needs=frozenset({MoveNeed.OTHER}),
        event="case.merged",
    ),
    # A follower of a withdrawn case continues with their own case. It is the only move out of a
    # final state, because the merge had ended only the filing and not the matter.
    Move.TAKE_OVER: Transition(
        sources=_states(CaseState.MERGED),
        target=CaseState.ACCEPTED,
        roles=_ITSELF,
        event="case.taken_over",
    ),
    Move.SPLIT: Transition(
        sources=UNANSWERED,
        roles=_DESK,
        needs=frozenset({MoveNeed.REASON, MoveNeed.OTHER}),
        event="case.split",
    ),
    # The callback. The citizen rates, or a clerk after a telephone call; the service decides the
    # result. `survey.asked` is the question's event.
    Move.ASK_SURVEY: Transition(
        sources=_states(CaseState.REPLIED),
        target=CaseState.CALLBACK,
        roles=_ITSELF,
        event=None,
        heard=CitizenNotice.NOTHING,
    ),
    Move.RATE: Transition(
        sources=_states(CaseState.CALLBACK),
        roles=_SAID | _ITSELF,
        event="case.rated",
        heard=CitizenNotice.NOTHING,
    ),
    Move.REHANDLE: Transition(
        sources=_states(CaseState.REPLIED, CaseState.CALLBACK),
        target=CaseState.REHANDLING,
        roles=_DESK | _ITSELF,
        needs=_REASON,
        event="case.rehandling",
    ),
    Move.CLOSE: Transition(
        sources=_states(CaseState.CALLBACK),
        target=CaseState.CLOSED,
        roles=_ITSELF,
        event="case.closed",
    ),
}
