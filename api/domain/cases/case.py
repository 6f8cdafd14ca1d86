"""A case: one matter of one citizen, from the words to the end.

All changes go through `Case.move`: it checks the life cycle's table, changes the state and adds one
entry to the history, so that both always agree. Further changes of a move are in its method: here
for the ordinary course, and in `returns`, `together` and `assessment` for the others. `entries`
holds the entries that the repository has not written yet.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from api.catalogue.rules.categories import ExcludedMatter, Kind, Urgency
from api.catalogue.rules.units import Unit
from api.domain.cases.clock import SlaClock
from api.domain.cases.matter import CitizenContact, Matter
from api.domain.cases.routing import Because
from api.domain.errors import ContactTimeInvalid, EvidenceRequired, NotYourPart, UrgeLimitReached
from api.domain.lifecycle import SIDE, TABLE, CaseState, Move, Need, UnitRole, after
from api.people.rules.actor import SYSTEM, Actor, Role


@dataclass(frozen=True, slots=True)
class UnitReply:
    """A unit's answer: whether the claim was true, when the citizen was contacted, and the result.

    `claim_true` and `solved` are `yes`, `partly` or `no`; `why_not` is required unless it is
    solved; `answer` are the words for the citizen.
    """

    claim_true: str
    contacted_at: datetime | None
    solved: str
    why_not: str | None
    answer: str

    def because(self) -> Because:
        """Return the history's reason; the words are in the entry's note and reason."""
        contacted = {"contacted": "yes" if self.contacted_at else "no"}
        if self.contacted_at is not None:
            contacted["contacted_at"] = self.contacted_at.isoformat()
        return Because(
            "replied", {"claim_true": self.claim_true, "solved": self.solved, **contacted}
        )


def files_given(count: int) -> tuple[Because, ...]:
    """Return the history's reason for the files of a move."""
    return (Because("files_given", {"count": str(count)}),) if count else ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One move in the history.

    `actor_name` is only of staff, not of citizens. `unit` is the unit that the move concerns: the
    acting one, the receiving one, or else the present one.
    """

    seq: int
    at: datetime
    move: Move
    from_state: CaseState | None
    to_state: CaseState
    actor_id: str
    actor_role: Role
    actor_name: str | None
    unit: str | None = None
    reason: str | None = None
    note: str | None = None
    because: tuple[Because, ...] = ()


@dataclass(frozen=True, slots=True)
class UrgeRule:
    """Limits of urging one case."""

    gap: timedelta = timedelta(hours=24)
    most: int = 3


@dataclass(slots=True, kw_only=True)
class Standing:
    """A case's state without personal data, for lists and clocks.

    Attributes:
        title: its topic in the citizen's words, without personal data.
        due_at: when the next step is due.
        clerk_by: set while a clerk must decide.
        urged, urged_at: number and last time of the citizen's urges.
        pressed: number of the hotline's urges of the unit (催办).
        version: number of entries of its history.
        confidential: the unit must not know the citizen's identity.
        supervised, reported, hard, instructed: 督办, reported up, 疑难, 领导批示.
        dispatched_at: when its present unit received it.
        held_by: every unit that has had it, in order.
        returns: number of returns (退单); `ruled`: it cannot be returned again.
        rehandled: number of rehandlings (重办).
        helpers: units with a task in it (协办); `members`: those of its assessment.
        back_to: its state before the present side state.
        asked_until: the extension that its unit requests; `extended`: number of granted ones.
        reminded, remind_at: number of reminders of owed details, and the next time.
        merged_into: the case that its citizen follows (并案).
        followed: number of cases that were merged into it.
    """

    number: str
    state: CaseState
    kind: Kind
    category: str
    urgency: Urgency
    unit: str | None
    citizen: str
    contact_point: str
    opened_at: datetime
    changed_at: datetime
    due_at: datetime | None
    clerk_by: datetime | None
    owed: tuple[str, ...]
    urged: int
    urged_at: datetime | None
    version: int
    confidential: bool = False
    pressed: int = 0
    supervised: bool = False
    reported: bool = False
    hard: bool = False
    instructed: bool = False
    dispatched_at: datetime | None = None
    held_by: tuple[str, ...] = ()
    returns: int = 0
    ruled: bool = False
    rehandled: int = 0
    helpers: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    back_to: CaseState | None = None
    asked_until: datetime | None = None
    extended: int = 0
    reminded: int = 0
    remind_at: datetime | None = None
    merged_into: str | None = None
    followed: int = 0
    title: str | None = None
    entries: list[Entry] = field(default_factory=list)

    def parts_of(self, unit: str | None) -> frozenset[UnitRole]:
        """Return a unit's roles in the case; empty when it has none."""
        if unit is None:
            return frozenset()
        held = {
            UnitRole.HOLDER: (self.unit,),
            UnitRole.HELPER: self.helpers,
            UnitRole.MEMBER: self.members,
        }
        return frozenset(part for part, units in held.items() if unit in units)

    def check(
        self,
        move: Move,
        actor: Actor,
        *,
        reason: str | None = None,
        note: str | None = None,
        given: Collection[Need] = (),
    ) -> CaseState:
        """Return the state that a move would lead to, without changing anything.

        Raises:
            NotYourPart: the actor's unit does not have the required role in the case.
            Refusal: as `lifecycle.after`.
        """
        role, came = actor.acts_as, set(given)
        if reason:
            came.add(Need.REASON)
        if note:
            came.add(Need.NOTE)
        before = self.state if self.version else None
        target = after(move, before, role, came, back_to=self.back_to)
        part = TABLE[move].part
        if role is Role.UNIT and part not in self.parts_of(actor.unit):
            raise NotYourPart(move=move, part=part)
        return target

    def move(
        self,
        move: Move,
        actor: Actor,
        at: datetime,
        *,
        reason: str | None = None,
        note: str | None = None,
        because: tuple[Because, ...] = (),
        given: Collection[Need] = (),
        unit: str | None = None,
    ) -> None:
        """Make a move that the table allows, and add it to the history; `unit` is concerned.

        Raises:
            Refusal: as `check`.
        """
        before = self.state if self.version else None
        target = self.check(move, actor, reason=reason, note=note, given=given)
        if target in SIDE and before not in SIDE:
            self.back_to = before
        elif target not in SIDE:
            self.back_to = self.asked_until = None
        role = actor.acts_as
        self.state = target
        self.version += 1
        self.changed_at = at
        self.entries.append(
            Entry(
                seq=self.version,
                at=at,
                move=move,
                from_state=before,
                to_state=self.state,
                actor_id=actor.id,
                actor_role=role,
                actor_name=None if role is Role.CITIZEN else actor.name,
                unit=unit or (actor.unit if role is Role.UNIT else self.unit),
                reason=reason,
                note=note,
                because=because,
            )
        )


@dataclass(slots=True, kw_only=True)
class Case(Standing):
    """The whole case. `clocks` are the running and paused ones, once they are read."""

    channel: str
    language: str
    matter: Matter
    contact: CitizenContact
    because: tuple[Because, ...] = ()
    exclusion: str | None = None
    clocks: list[SlaClock] | None = None

    def submit(self, actor: Actor, at: datetime) -> None:
        """Open the case: the first entry of the history."""
        self.move(Move.SUBMIT, actor, at)

    def accept(self, actor: Actor, at: datetime) -> None:
        """Accept the matter."""
        self.move(Move.ACCEPT, actor, at)

    def dispatch(
        self,
        unit: Unit,
        actor: Actor,
        at: datetime,
        *,
        due_at: datetime,
        because: tuple[Because, ...],
        reason: str | None = None,
    ) -> None:
        """Dispatch the case to `unit`, which must answer by `due_at`."""
        given = (Need.UNIT, Need.UNTIL)
        self.hand_to(Move.DISPATCH, unit, actor, at, due_at, because, reason, given)

    def hand_to(
        self,
        move: Move,
        unit: Unit,
        actor: Actor,
        at: datetime,
        due_at: datetime | None,
        because: tuple[Because, ...],
        reason: str | None,
        given: Collection[Need],
    ) -> None:
        """Make a move that gives the case to a unit, which must answer by `due_at`.

        A helper that becomes the lead no longer has its helper's task.
        """
        self.move(move, actor, at, reason=reason, because=because, given=given, unit=unit.code)
        self.unit, self.dispatched_at, self.due_at = unit.code, at, due_at
        self.because, self.clerk_by = because, None
        self.held_by = tuple(dict.fromkeys((*self.held_by, unit.code)))
        self.helpers = tuple(helper for helper in self.helpers if helper != unit.code)

    def wait_for_clerk(self, by: datetime, because: tuple[Because, ...]) -> None:
        """Leave the next move to a clerk, due `by` then."""
        self.clerk_by, self.due_at, self.because = by, by, because

    def reject(self, exclusion: ExcludedMatter, reason: str, actor: Actor, at: datetime) -> None:
        """Reject the matter; the exclusion names the right office."""
        self.move(Move.REJECT, actor, at, reason=reason)
        self.exclusion, self.due_at, self.clerk_by = exclusion.key, None, None

    def answer_online(
        self, unit: Unit, actor: Actor, at: datetime, because: tuple[Because, ...]
    ) -> None:
        """End the case as answered online by `unit`."""
        self.move(Move.ANSWER_ONLINE, actor, at, because=because, unit=unit.code)
        self.unit, self.because = unit.code, because
        self.due_at = self.clerk_by = None

    def sign_in(self, actor: Actor, at: datetime) -> None:
        """Sign for the case, as its unit."""
        self.move(Move.SIGN_IN, actor, at)

    def progress(self, note: str, actor: Actor, at: datetime, *, files: int = 0) -> None:
        """Report progress to the citizen; `files` files show it to the hotline."""
        self.move(Move.PROGRESS, actor, at, note=note, because=files_given(files))

    def reply(
        self, reply: UnitReply, actor: Actor, at: datetime, *, files: int = 0, shown: bool = False
    ) -> None:
        """Answer the case, as its unit; no further step is due.

        Args:
            reply: the answer.
            actor: who answers.
            at: the time.
            files: number of attached files.
            shown: whether a file is required.

        Raises:
            ContactTimeInvalid: the contact time is in the future, or before the case.
            EvidenceRequired: a file is required and there is none.
        """
        contacted = reply.contacted_at
        if contacted is not None and not self.opened_at <= contacted <= at:
            self.check(Move.REPLY, actor, note=reply.answer)
            raise ContactTimeInvalid(contacted_at=contacted.isoformat())
        if shown and not files:
            self.check(Move.REPLY, actor, note=reply.answer)
            raise EvidenceRequired(category=self.category)
        self.move(
            Move.REPLY,
            actor,
            at,
            reason=reply.why_not,
            note=reply.answer,
            because=(reply.because(), *files_given(files)),
        )
        self.due_at = self.clerk_by = None

    def ask_survey(self, at: datetime) -> None:
        """Start the callback survey (回访)."""
        self.move(Move.ASK_SURVEY, SYSTEM, at)

    def rate(
        self, actor: Actor, at: datetime, because: tuple[Because, ...], words: str | None
    ) -> None:
        """Record the citizen's rating, with their own words."""
        self.move(Move.RATE, actor, at, note=words, because=because)

    def rehandle(
        self,
        reason: str | None,
        actor: Actor,
        at: datetime,
        *,
        due_at: datetime,
        because: tuple[Because, ...] = (),
    ) -> None:
        """Send the case back to its unit (重办), which must answer again by `due_at`.

        Without a `reason` in words, `because` is the reason.
        """
        given = (Need.REASON,) if because else ()
        self.move(Move.REHANDLE, actor, at, reason=reason, because=because, given=given)
        self.due_at, self.rehandled = due_at, self.rehandled + 1

    def close(self, at: datetime, because: tuple[Because, ...]) -> None:
        """Close the case (办结)."""
        self.move(Move.CLOSE, SYSTEM, at, because=because)
        self.due_at = self.clerk_by = None

    def late_answer(self, given: Because, words: str | None, actor: Actor, at: datetime) -> None:
        """Store the citizen's answer to a finished survey."""
        self.move(Move.REMARK, actor, at, note=words, because=(given,))

    def withdraw(self, reason: str | None, actor: Actor, at: datetime) -> None:
        """Withdraw the case at the citizen's request."""
        self.move(Move.WITHDRAW, actor, at, reason=reason)
        self.due_at = self.clerk_by = None

    def urge(self, reason: str | None, rule: UrgeRule, actor: Actor, at: datetime) -> None:
        """Record that the citizen urges the case, or the hotline the unit (催办).

        Raises:
            UrgeLimitReached: it is too soon after the last time, or too often.
        """
        self.check(Move.URGE, actor)
        if actor.acts_as is not Role.CITIZEN:
            self.move(Move.URGE, actor, at, reason=reason)
            self.pressed += 1
            return
        if self.urged >= rule.most:
            raise UrgeLimitReached(most=rule.most)
        if self.urged_at is not None and at < self.urged_at + rule.gap:
            raise UrgeLimitReached.until(self.urged_at + rule.gap)
        self.move(Move.URGE, actor, at, reason=reason)
        self.urged, self.urged_at = self.urged + 1, at

    def add(
        self,
        text: str | None,
        details: Mapping[str, str],
        actor: Actor,
        at: datetime,
        *,
        files: int = 0,
        shown: Collection[str] = (),
    ) -> None:
        """Add words, details or `files` files; added details are no longer owed.

        `shown` are the details that a file answers.
        """
        because = files_given(files)
        if files:
            self.owed = tuple(key for key in self.owed if key not in shown)
        if not details:
            self.move(Move.REMARK, actor, at, note=text, because=because)
            return
        given = Because("details_given", {"keys": ",".join(sorted(details))})
        self.move(Move.ADD_DETAILS, actor, at, note=text, because=(given, *because))
        self.matter = replace(self.matter, details={**self.matter.details, **details})
        self.owed = tuple(key for key in self.owed if key not in details)
