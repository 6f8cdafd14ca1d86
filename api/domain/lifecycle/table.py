"""The table of moves between the states of a case.

A row says from where to where its move leads, whose it is, what it needs, which event it emits and
whether the citizen hears of it. A move that is not in the table does not exist. The order of the
rows is the order in which moves are offered and published.
"""

from enum import StrEnum

from api.domain.actor import Role
from api.domain.lifecycle.states import (
    OPEN,
    UNANSWERED,
    Heard,
    Need,
    Part,
    State,
    Transition,
)


class Move(StrEnum):
    """What can be done to a case; each makes one entry in its history."""

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


def _states(*states: State) -> frozenset[State]:
    return frozenset(states)


_DESK = frozenset({Role.CLERK, Role.SUPERVISOR})
_SAID = frozenset({Role.CITIZEN, Role.CLERK})
_UNIT = frozenset({Role.UNIT})
_ITSELF = frozenset({Role.SYSTEM})
_LEADER = frozenset({Role.LEADER})
_IN_HAND = _states(State.PROCESSING, State.REHANDLING)
_WITH_UNIT = _IN_HAND | {State.DISPATCHED}
_AT_WORK = _IN_HAND | {State.EXTENSION_PENDING}
"""A unit that waits for more time works on."""
_TOGETHER = UNANSWERED - {State.SUBMITTED}
_REASON = frozenset({Need.REASON})

TABLE: dict[Move, Transition] = {
    Move.SUBMIT: Transition(
        sources=frozenset(),
        target=State.SUBMITTED,
        roles=_SAID | _DESK,
        event="case.submitted",
        heard=Heard.OWN,
    ),
    Move.ACCEPT: Transition(
        sources=_states(State.SUBMITTED),
        target=State.ACCEPTED,
        roles=_DESK | _ITSELF,
        event="case.accepted",
    ),
    Move.DISPATCH: Transition(
        sources=_states(State.ACCEPTED),
        target=State.DISPATCHED,
        roles=_DESK | _ITSELF,
        needs=frozenset({Need.UNIT, Need.UNTIL}),
        event="case.dispatched",
    ),
    Move.REJECT: Transition(
        sources=_states(State.SUBMITTED),
        target=State.REJECTED,
        roles=_DESK,
        needs=_REASON,
        event="case.rejected",
    ),
    Move.WITHDRAW: Transition(
        sources=UNANSWERED,
        target=State.WITHDRAWN,
        roles=frozenset({Role.CITIZEN}),
        event="case.withdrawn",
        heard=Heard.OWN,
    ),
    # The citizen urges the hotline; the hotline, a clerk or the clock urges the unit.
    Move.URGE: Transition(
        sources=UNANSWERED,
        roles=_DESK | _ITSELF | {Role.CITIZEN},
        event="case.urged",
        heard=Heard.OWN,
    ),
    # A closed case still takes words: a late answer is kept, not lost.
    Move.REMARK: Transition(
        sources=OPEN | {State.CLOSED, State.LONG_TERM},
        roles=_SAID,
        event="case.remarked",
        heard=Heard.NOTHING,
    ),
    Move.ADD_DETAILS: Transition(
        sources=OPEN, roles=_SAID, event="case.details_added", heard=Heard.NOTHING
    ),
    # Of what is owed, or was asked for: twice at most.
    Move.REMIND: Transition(sources=UNANSWERED, roles=_ITSELF, event="case.reminded"),
    # Solved in a leader's live session and confirmed by the citizen: filed for the record.
    Move.ANSWER_ONLINE: Transition(
        sources=_states(State.SUBMITTED),
        target=State.ANSWERED_ONLINE,
        roles=_ITSELF,
        event="case.answered_online",
    ),
    # The unit that holds the case. A case that is rehandled is in hand already: no new sign-in.
    Move.SIGN_IN: Transition(
        sources=_states(State.DISPATCHED),
        target=State.PROCESSING,
        roles=_UNIT,
        event="case.signed_in",
    ),
    Move.PROGRESS: Transition(
        sources=_AT_WORK, roles=_UNIT, needs=frozenset({Need.NOTE}), event="case.progress"
    ),
    Move.REPLY: Transition(
        sources=_AT_WORK,
        target=State.REPLIED,
        roles=_UNIT,
        needs=frozenset({Need.NOTE}),
        event="case.replied",
    ),
    # Details are missing: the clock stands still until they come. Never for what is urgent.
    Move.ASK_SUPPLEMENT: Transition(
        sources=_IN_HAND | {State.SUBMITTED},
        target=State.SUPPLEMENT,
        roles=_DESK | _UNIT,
        needs=frozenset({Need.NOTE}),
        event="case.supplement_asked",
    ),
    Move.RESUME: Transition(
        sources=_states(State.SUPPLEMENT),
        back=True,
        roles=_DESK | _UNIT | _ITSELF,
        event="case.resumed",
    ),
    Move.ASK_EXTENSION: Transition(
        sources=_IN_HAND,
        target=State.EXTENSION_PENDING,
        roles=_UNIT,
        needs=frozenset({Need.REASON, Need.UNTIL}),
        event="case.extension_asked",
        heard=Heard.NOTHING,
    ),
    Move.GRANT_EXTENSION: Transition(
        sources=_states(State.EXTENSION_PENDING),
        back=True,
        roles=_DESK,
        needs=frozenset({Need.NOTE, Need.UNTIL}),
        event="case.extension_granted",
    ),
    Move.REFUSE_EXTENSION: Transition(
        sources=_states(State.EXTENSION_PENDING),
        back=True,
        roles=_DESK,
        needs=_REASON,
        event="case.extension_refused",
        heard=Heard.NOTHING,
    ),
    Move.RETURN: Transition(
        sources=_states(State.DISPATCHED, State.PROCESSING),
        target=State.RETURN_PENDING,
        roles=_UNIT,
        needs=frozenset({Need.REASON, Need.EVIDENCE}),
        event="case.returned",
    ),
    # Accepted, the case waits for another unit; refused, the same unit signs in, on a new clock.
    Move.ACCEPT_RETURN: Transition(
        sources=_states(State.RETURN_PENDING),
        target=State.ACCEPTED,
        roles=_DESK,
        event="case.return_accepted",
    ),
    Move.REFUSE_RETURN: Transition(
        sources=_states(State.RETURN_PENDING),
        target=State.DISPATCHED,
        roles=_DESK,
        needs=_REASON,
        event="case.return_refused",
    ),
    # The joint assessment. What it rules binds: the case cannot be returned again.
    Move.OPEN_ASSESSMENT: Transition(
        sources=_WITH_UNIT | {State.ACCEPTED, State.RETURN_PENDING, State.REPLIED, State.CALLBACK},
        target=State.ASSESSMENT,
        roles=_DESK | _ITSELF,
        needs=_REASON,
        event="case.assessment_opened",
    ),
    Move.GIVE_VIEW: Transition(
        sources=_states(State.ASSESSMENT),
        roles=_UNIT,
        part=Part.MEMBER,
        needs=_REASON,
        event="case.view_given",
        heard=Heard.NOTHING,
    ),
    Move.RULE: Transition(
        sources=_states(State.ASSESSMENT),
        target=State.DISPATCHED,
        roles=_DESK | _LEADER,
        needs=frozenset({Need.REASON, Need.RULING, Need.UNIT, Need.UNTIL}),
        event="case.ruled",
    ),
    # Handling together: tasks of helpers, meetings, tiers. Whoever rules names helpers too.
    Move.ADD_HELPER: Transition(
        sources=_TOGETHER,
        roles=_DESK | _LEADER,
        needs=frozenset({Need.UNIT, Need.UNTIL}),
        event="case.helper_added",
    ),
    Move.REMOVE_HELPER: Transition(
        sources=_TOGETHER,
        roles=_DESK,
        needs=frozenset({Need.REASON, Need.UNIT}),
        event="case.helper_removed",
        heard=Heard.NOTHING,
    ),
    Move.FINISH_TASK: Transition(
        sources=OPEN,
        roles=_UNIT,
        part=Part.HELPER,
        needs=_REASON,
        event="case.task_finished",
        heard=Heard.NOTHING,
    ),
    Move.MEET: Transition(
        sources=_TOGETHER,
        roles=_DESK | _UNIT | _LEADER,
        needs=frozenset({Need.REASON, Need.UNTIL}),
        event="case.met",
    ),
    Move.FINISH_MEETING: Transition(
        sources=OPEN,
        roles=_DESK | _UNIT | _LEADER,
        needs=_REASON,
        event="case.meeting_done",
        heard=Heard.NOTHING,
    ),
    Move.TIER_UP: Transition(
        sources=_WITH_UNIT | {State.RETURN_PENDING},
        target=State.DISPATCHED,
        roles=_DESK,
        needs=frozenset({Need.REASON, Need.UNIT}),
        event="case.tier_raised",
    ),
    Move.TIER_DOWN: Transition(
        sources=_WITH_UNIT | {State.RETURN_PENDING},
        target=State.DISPATCHED,
        roles=_DESK,
        needs=frozenset({Need.REASON, Need.UNIT}),
        event="case.tier_lowered",
    ),
    # Supervision: flags, none of which moves the case. A clock warns before it lapses.
    Move.WARN: Transition(
        sources=UNANSWERED, roles=_ITSELF, event="case.warned", heard=Heard.NOTHING
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
        heard=Heard.NOTHING,
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
        heard=Heard.NOTHING,
    ),
    Move.SHELVE: Transition(
        sources=_WITH_UNIT | {State.ACCEPTED, State.ASSESSMENT},
        target=State.LONG_TERM,
        roles=frozenset({Role.SUPERVISOR}),
        needs=frozenset({Need.REASON, Need.NOTE}),
        event="case.shelved",
    ),
    Move.RECATEGORISE: Transition(
        sources=_states(State.SUBMITTED, State.ACCEPTED, State.RETURN_PENDING, State.ASSESSMENT),
        roles=_DESK,
        needs=_REASON,
        event="case.recategorised",
        heard=Heard.NOTHING,
    ),
    # The citizen of a merged case follows the other one; of a split case, the new one too.
    Move.MERGE: Transition(
        sources=UNANSWERED,
        target=State.MERGED,
        roles=_DESK,
        needs=frozenset({Need.OTHER}),
        event="case.merged",
    ),
    # Who followed a case that its own citizen took back goes on without it: the one way out of an
    # end, as what ended was the filing and not the matter.
    Move.TAKE_OVER: Transition(
        sources=_states(State.MERGED),
        target=State.ACCEPTED,
        roles=_ITSELF,
        event="case.taken_over",
    ),
    Move.SPLIT: Transition(
        sources=UNANSWERED,
        roles=_DESK,
        needs=frozenset({Need.REASON, Need.OTHER}),
        event="case.split",
    ),
    # The callback. The rating is the citizen's, or a clerk's who telephoned; what follows from it
    # the service decides. `survey.asked` tells of the question.
    Move.ASK_SURVEY: Transition(
        sources=_states(State.REPLIED),
        target=State.CALLBACK,
        roles=_ITSELF,
        event=None,
        heard=Heard.NOTHING,
    ),
    Move.RATE: Transition(
        sources=_states(State.CALLBACK),
        roles=_SAID | _ITSELF,
        event="case.rated",
        heard=Heard.NOTHING,
    ),
    Move.REHANDLE: Transition(
        sources=_states(State.REPLIED, State.CALLBACK),
        target=State.REHANDLING,
        roles=_DESK | _ITSELF,
        needs=_REASON,
        event="case.rehandling",
    ),
    Move.CLOSE: Transition(
        sources=_states(State.CALLBACK), target=State.CLOSED, roles=_ITSELF, event="case.closed"
    ),
}
