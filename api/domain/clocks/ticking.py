"""The table of moves that start, stop, pause, resume and extend the clocks of a case.

`follow` applies the table to the unsaved entries of a case. No clock is started by hand.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from api.catalogue.rules.calendar import due
from api.catalogue.rules.categories import Urgency
from api.catalogue.rules.clocks import THE_UNITS, ClockKind
from api.catalogue.rules.limits import TimeLimit
from api.domain.cases.case import Case
from api.domain.cases.clock import ClockEnd, Rules, SlaClock
from api.domain.cases.matter import ContactMode
from api.domain.cases.standing import Entry
from api.domain.lifecycle import ENDS, OPEN, UNANSWERED, Move

_K = ClockKind
_HOLDING = frozenset({_K.SIGN_IN, _K.CONTACT})
_ANSWERING = frozenset({_K.ANSWER, _K.REHANDLE})
_PAUSING = _ANSWERING | {_K.ACCEPT, _K.CONTACT}
_NAMED = frozenset({_K.TASK, _K.MEETING})
"""Kinds of clocks of which a case may have several; each move sets its own due time."""
_ANSWERED = OPEN - UNANSWERED
"""States in which no helper's clock runs."""
_OF_ONE_UNIT = frozenset(
    {
        Move.FINISH_TASK,
        Move.REMOVE_HELPER,
        Move.DISPATCH,
        Move.RULE,
        Move.TIER_UP,
        Move.TIER_DOWN,
    }
)
"""Moves that affect only the task of the unit that they name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockEffect:
    """The effect of a move on clocks.

    `stops` ends clocks as done, `drops` ends them as not needed, `resets` sets them to the case's
    present limit if that is earlier.
    """

    starts: tuple[ClockKind, ...] = ()
    stops: frozenset[ClockKind] = frozenset()
    drops: frozenset[ClockKind] = frozenset()
    pauses: frozenset[ClockKind] = frozenset()
    resumes: frozenset[ClockKind] = frozenset()
    extends: frozenset[ClockKind] = frozenset()
    resets: frozenset[ClockKind] = frozenset()


_TO_ANOTHER_TIER = ClockEffect(
    drops=_HOLDING | {_K.RETURN_DECISION, _K.TASK}, starts=(_K.SIGN_IN, _K.CONTACT)
)

EFFECTS: Mapping[Move, ClockEffect] = {
    Move.SUBMIT: ClockEffect(starts=(_K.ACCEPT,)),
    # An accepted case without a unit stays with the clerk, under the same clock.
    Move.DISPATCH: ClockEffect(
        stops=frozenset({_K.ACCEPT}),
        drops=_HOLDING | _ANSWERING | {_K.TASK},
        starts=(_K.ANSWER, _K.SIGN_IN, _K.CONTACT),
    ),
    Move.REJECT: ClockEffect(stops=frozenset({_K.ACCEPT})),
    Move.ANSWER_ONLINE: ClockEffect(stops=frozenset({_K.ACCEPT})),
    Move.SIGN_IN: ClockEffect(stops=frozenset({_K.SIGN_IN})),
    Move.PROGRESS: ClockEffect(stops=frozenset({_K.CONTACT})),
    Move.REPLY: ClockEffect(stops=_HOLDING | _ANSWERING, drops=frozenset({_K.EXTENSION, _K.TASK})),
    Move.ASK_SUPPLEMENT: ClockEffect(pauses=_PAUSING),
    Move.RESUME: ClockEffect(resumes=_PAUSING),
    Move.ASK_EXTENSION: ClockEffect(starts=(_K.EXTENSION,)),
    Move.GRANT_EXTENSION: ClockEffect(stops=frozenset({_K.EXTENSION}), extends=_ANSWERING),
    Move.REFUSE_EXTENSION: ClockEffect(stops=frozenset({_K.EXTENSION})),
    # No unit has to sign in while a return is decided; the answer is due as before.
    Move.RETURN: ClockEffect(drops=_HOLDING, starts=(_K.RETURN_DECISION,)),
    Move.ACCEPT_RETURN: ClockEffect(
        stops=frozenset({_K.RETURN_DECISION}), drops=_ANSWERING, starts=(_K.ACCEPT,)
    ),
    Move.REFUSE_RETURN: ClockEffect(
        stops=frozenset({_K.RETURN_DECISION}), starts=(_K.SIGN_IN, _K.CONTACT)
    ),
    Move.OPEN_ASSESSMENT: ClockEffect(
        stops=frozenset({_K.RETURN_DECISION, _K.CALLBACK}),
        drops=_HOLDING | {_K.ACCEPT, _K.EXTENSION},
        starts=(_K.ASSESSMENT,),
    ),
    Move.RULE: ClockEffect(
        stops=frozenset({_K.ASSESSMENT}),
        drops=_HOLDING | _ANSWERING | {_K.TASK},
        starts=(_K.ANSWER, _K.SIGN_IN, _K.CONTACT),
    ),
    # The deadlines stay; only the responsible unit changes.
    Move.TIER_UP: _TO_ANOTHER_TIER,
    Move.TIER_DOWN: _TO_ANOTHER_TIER,
    Move.RECATEGORISE: ClockEffect(resets=frozenset({_K.ANSWER})),
    Move.ADD_HELPER: ClockEffect(starts=(_K.TASK,)),
    Move.FINISH_TASK: ClockEffect(stops=frozenset({_K.TASK})),
    Move.REMOVE_HELPER: ClockEffect(drops=frozenset({_K.TASK})),
    Move.MEET: ClockEffect(starts=(_K.MEETING,)),
    Move.FINISH_MEETING: ClockEffect(stops=frozenset({_K.MEETING})),
    # The case returns to the clerk; one with a unit is dispatched in the same transaction.
    Move.TAKE_OVER: ClockEffect(starts=(_K.ACCEPT,)),
    Move.ASK_SURVEY: ClockEffect(starts=(_K.CALLBACK,)),
    Move.REHANDLE: ClockEffect(stops=frozenset({_K.CALLBACK}), starts=(_K.REHANDLE, _K.CONTACT)),
    Move.CLOSE: ClockEffect(stops=frozenset({_K.CALLBACK})),
}
"""Other moves do not affect clocks. A move that ends the case stops all remaining clocks."""


@dataclass(frozen=True, slots=True)
class ClockLimits:
    """The limits of one case's clocks, by kind."""

    limits: Mapping[ClockKind, TimeLimit]
    rules: Rules


@dataclass(slots=True)
class RunningClocks:
    """The clocks of one case: those that have not stopped, and all that a move has changed."""

    running: list[SlaClock] = field(default_factory=list)
    started: list[SlaClock] = field(default_factory=list)
    changed: list[SlaClock] = field(default_factory=list)

    def of(self, kinds: Iterable[ClockKind], subject: str | None = None) -> list[SlaClock]:
        """Return clocks of `kinds` that have not stopped; of `subject` if they have one."""
        wanted = frozenset(kinds)
        return [
            clock
            for clock in self.running
            if clock.kind in wanted
            and (subject is None or clock.kind not in _NAMED or clock.subject == subject)
        ]

    def start(self, clock: SlaClock) -> None:
        """Add a clock that has just started."""
        self.running.append(clock)
        self.started.append(clock)

    def touch(self, clock: SlaClock) -> None:
        """Mark a clock as changed."""
        if not any(other is clock for other in (*self.changed, *self.started)):
            self.changed.append(clock)

    def stop(self, clock: SlaClock, at: datetime, end: ClockEnd) -> None:
        """Stop a clock; one that never ran is deleted."""
        self.running = [other for other in self.running if other is not clock]
        if any(other is clock for other in self.started) and clock.started_at >= at:
            self.started = [other for other in self.started if other is not clock]
            return
        clock.stop(at, end)
        self.touch(clock)


def follow(
    case: Case, ticking: RunningClocks, terms: ClockLimits, new_id: Callable[[], str]
) -> None:
    """Apply the new entries of a case to its clocks, and the clocks to the case's due times."""
    for entry in case.entries:
        _apply(case, entry, ticking, terms, new_id)
    for clock in ticking.running:
        if clock.kind in THE_UNITS and clock.unit != case.unit and case.unit is not None:
            clock.unit = case.unit
            ticking.touch(clock)
    _show(case, ticking)


def _apply(
    case: Case, entry: Entry, ticking: RunningClocks, terms: ClockLimits, new_id: Callable[[], str]
) -> None:
    effect, at, rules = EFFECTS.get(entry.move, ClockEffect()), entry.at, terms.rules
    _stop(effect, entry, ticking)
    if case.urgency is Urgency.NORMAL:
        for clock in ticking.of(effect.pauses):
            clock.pause(at, rules)
            ticking.touch(clock)
    for clock in ticking.of(effect.resumes):
        clock.resume(at, rules)
        ticking.touch(clock)
    if case.due_at is not None:
        for clock in ticking.of(effect.extends):
            clock.extend(case.due_at, at, rules)
            ticking.touch(clock)
    for clock in ticking.of(effect.resets):
        limit = terms.limits.get(clock.kind)
        if limit is not None and not case.extended and clock.hasten(limit, at, rules):
            ticking.touch(clock)
    for kind in effect.starts:
        _start(kind, case, entry, ticking, terms, new_id)
    if entry.from_state in _ANSWERED and entry.to_state in UNANSWERED:
        _start_tasks_again(case, entry, ticking, terms, new_id)


def _start_tasks_again(
    case: Case, entry: Entry, ticking: RunningClocks, terms: ClockLimits, new_id: Callable[[], str]
) -> None:
    """Start the clocks of open tasks, dropped by the reply, when the case goes back."""
    deadline = case.due_at or case.clerk_by
    if deadline is None:
        return
    for helper in case.helpers:
        if any(clock.subject == helper for clock in ticking.of({_K.TASK})):
            continue
        ticking.start(
            SlaClock.start(
                new_id(),
                case.number,
                _K.TASK,
                entry.at,
                deadline,
                terms.rules,
                working=case.urgency is Urgency.NORMAL,
                unit=helper,
                subject=helper,
            )
        )


def _stop(effect: ClockEffect, entry: Entry, ticking: RunningClocks) -> None:
    subject = _subject(entry)
    for clock in ticking.of(effect.stops, subject):
        ticking.stop(clock, entry.at, ClockEnd.MET)
    for clock in ticking.of(effect.drops, subject):
        ticking.stop(clock, entry.at, ClockEnd.DROPPED)
    if entry.to_state in ENDS:
        for clock in list(ticking.running):
            ticking.stop(clock, entry.at, ClockEnd.DROPPED)


def _subject(entry: Entry) -> str | None:
    """Return the task or meeting that a move concerns; None: all of the case."""
    if entry.move in _OF_ONE_UNIT:
        return entry.unit or ""
    if entry.move is Move.FINISH_MEETING:
        return str(
            next(reason.params["entry"] for reason in entry.because if "entry" in reason.params)
        )
    return None


def _start(
    kind: ClockKind,
    case: Case,
    entry: Entry,
    ticking: RunningClocks,
    terms: ClockLimits,
    new_id: Callable[[], str],
) -> None:
    if kind is ClockKind.CONTACT and case.contact.mode is ContactMode.ANONYMOUS:
        return
    limit, at = terms.limits.get(kind), entry.at
    deadline = _named(kind, case, entry)
    if deadline is None:
        if limit is None:
            return
        deadline = due(at, limit, terms.rules.calendar)
    elif limit is not None and deadline != due(at, limit, terms.rules.calendar):
        limit = None
    subject = ""
    if kind in _NAMED:
        subject = (entry.unit or "") if kind is ClockKind.TASK else str(entry.seq)
    else:
        for old in ticking.of({kind}):
            ticking.stop(old, at, ClockEnd.DROPPED)
    if kind is ClockKind.CONTACT and (promised := ticking.of(_ANSWERING)):
        # A citizen is not called later than the answer is due.
        last = min(
            (earlier.due_at for earlier in promised if earlier.due_at is not None), default=deadline
        )
        deadline, limit = (last, None) if last < deadline else (deadline, limit)
    clock = SlaClock.start(
        new_id(),
        case.number,
        kind,
        at,
        deadline,
        terms.rules,
        limit=limit,
        working=case.urgency is Urgency.NORMAL,
        unit=entry.unit if kind is ClockKind.TASK else case.unit if kind in THE_UNITS else None,
        subject=subject,
    )
    ticking.start(clock)


def _named(kind: ClockKind, case: Case, entry: Entry) -> datetime | None:
    """Return the deadline that the move itself has set, if any."""
    if kind in _ANSWERING:
        return case.due_at
    if kind in _NAMED:
        until = next(
            (reason.params["until"] for reason in entry.because if "until" in reason.params), None
        )
        return datetime.fromisoformat(str(until)) if until is not None else None
    if kind in {ClockKind.RETURN_DECISION, ClockKind.EXTENSION, ClockKind.ASSESSMENT}:
        return case.clerk_by
    return None


def _show(case: Case, ticking: RunningClocks) -> None:
    """Set the case's next due time from its clocks; none while that clock is paused."""
    promised = ticking.of(_ANSWERING)
    if promised:
        case.due_at = promised[0].due_at
        return
    accepting = ticking.of({ClockKind.ACCEPT})
    if accepting:
        case.due_at = case.clerk_by = accepting[0].due_at
