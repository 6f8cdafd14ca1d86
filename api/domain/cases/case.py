"""A case: one matter of one citizen, from their words to its end.

All change goes through `Case.move`: it asks the life cycle's table, changes the state and adds one
entry to the history, so that the two cannot disagree. What else a move changes stands in the method
that makes it, here for the ordinary way of a case, and in `returns`, `together` and `assessment`
for what is beside it. `entries` holds what the repository has not written yet.
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
    """A unit's answer: was the claim true, was the citizen contacted and when, is it solved.

    `claim_true` and `solved` are `yes`, `partly` or `no`; `why_not` is due unless it is solved;
    `answer` is what the citizen is told.
    """

    claim_true: str
    contacted_at: datetime | None
    solved: str
    why_not: str | None
    answer: str

    def because(self) -> Because:
        """As the history keeps it; the words go into its note and reason."""
        contacted = {"contacted": "yes" if self.contacted_at else "no"}
        if self.contacted_at is not None:
            contacted["contacted_at"] = self.contacted_at.isoformat()
        return Because(
            "replied", {"claim_true": self.claim_true, "solved": self.solved, **contacted}
        )


def files_given(count: int) -> tuple[Because, ...]:
    """What the history keeps of files that came with a move."""
    return (Because("files_given", {"count": str(count)}),) if count else ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One move in the history.

    `actor_name` is staff's; a citizen has none here. `unit` is whom the move concerns: who makes
    it, who gets the case, else who holds it.
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
    """How often a citizen may urge one case."""

    gap: timedelta = timedelta(hours=24)
    most: int = 3


@dataclass(slots=True, kw_only=True)
class Standing:
    """Where a case stands, without personal data: what lists and clocks need.

    Attributes:
        title: what it is about, in the citizen's words; what tells of a person is left out.
        due_at: until when the next word is due.
        clerk_by: set while a clerk has to decide.
        urged, urged_at: how often the citizen urged, and when last.
        pressed: how often the hotline urged the unit (催办).
        version: counts the entries of its history.
        confidential: the unit must not learn who the citizen is.
        supervised, reported, hard, instructed: 督办, reported up, 疑难, 领导批示.
        dispatched_at: when its present unit got it.
        held_by: every unit that has held it, in order.
        returns: how often it was returned (退单); `ruled`: that cannot happen again.
        rehandled: how often it went back to its unit (重办).
        helpers: units with a task in it (协办); `members`: those of its assessment.
        back_to: where it stood before the side state that it is in.
        asked_until: the extension that its unit asks for; `extended`: how many were granted.
        reminded, remind_at: of what is owed: how often, and when next.
        merged_into: the case that its citizen follows (并案).
        followed: how many cases were merged into it.
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
        """What a unit is in the case; empty when it has nothing to do with it."""
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
        """Give the state that a move would lead to; nothing is changed.

        Raises:
            NotYourPart: the actor's unit is not the one whose move it is.
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
        """Make a move that the table allows, and write it down; `unit` is whom it concerns.

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
    """The whole case. `clocks` are those that run or stand still, once they were read."""

    channel: str
    language: str
    matter: Matter
    contact: CitizenContact
    because: tuple[Because, ...] = ()
    exclusion: str | None = None
    clocks: list[SlaClock] | None = None

    def submit(self, actor: Actor, at: datetime) -> None:
        """Come into being: the first entry of the history."""
        self.move(Move.SUBMIT, actor, at)

    def accept(self, actor: Actor, at: datetime) -> None:
        """Take the matter on."""
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
        """Give the case to `unit`, which answers by `due_at`."""
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
        """Make a move that gives the case to a unit, which answers by `due_at`.

        A helper that leads from now on has no task beside its own any more.
        """
        self.move(move, actor, at, reason=reason, because=because, given=given, unit=unit.code)
        self.unit, self.dispatched_at, self.due_at = unit.code, at, due_at
        self.because, self.clerk_by = because, None
        self.held_by = tuple(dict.fromkeys((*self.held_by, unit.code)))
        self.helpers = tuple(helper for helper in self.helpers if helper != unit.code)

    def wait_for_clerk(self, by: datetime, because: tuple[Because, ...]) -> None:
        """Leave the next move to a clerk, who makes it `by` then."""
        self.clerk_by, self.due_at, self.because = by, by, because

    def reject(self, exclusion: ExcludedMatter, reason: str, actor: Actor, at: datetime) -> None:
        """Not accept the matter; the exclusion names the right door."""
        self.move(Move.REJECT, actor, at, reason=reason)
        self.exclusion, self.due_at, self.clerk_by = exclusion.key, None, None

    def answer_online(
        self, unit: Unit, actor: Actor, at: datetime, because: tuple[Because, ...]
    ) -> None:
        """End it as answered while the citizen was on line, by `unit`; nothing is left to do."""
        self.move(Move.ANSWER_ONLINE, actor, at, because=because, unit=unit.code)
        self.unit, self.because = unit.code, because
        self.due_at = self.clerk_by = None

    def sign_in(self, actor: Actor, at: datetime) -> None:
        """Take it in hand, as its unit."""
        self.move(Move.SIGN_IN, actor, at)

    def progress(self, note: str, actor: Actor, at: datetime, *, files: int = 0) -> None:
        """Tell the citizen what was done so far; `files` files show it to the hotline."""
        self.move(Move.PROGRESS, actor, at, note=note, because=files_given(files))

    def reply(
        self, reply: UnitReply, actor: Actor, at: datetime, *, files: int = 0, shown: bool = False
    ) -> None:
        """Answer it, as its unit; no word is due any more.

        Args:
            reply: the answer.
            actor: whose it is.
            at: when.
            files: how many files it comes with.
            shown: whether there has to be one.

        Raises:
            ContactTimeInvalid: the citizen was contacted after now, or before there was a case.
            EvidenceRequired: there has to be a file and is none.
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
        """Ask the citizen what came of it (回访)."""
        self.move(Move.ASK_SURVEY, SYSTEM, at)

    def rate(
        self, actor: Actor, at: datetime, because: tuple[Because, ...], words: str | None
    ) -> None:
        """Put the citizen's rating on record, with their own words."""
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
        """Send it back to its unit (重办), which answers anew by `due_at`.

        Without a `reason` in words, `because` is one.
        """
        given = (Need.REASON,) if because else ()
        self.move(Move.REHANDLE, actor, at, reason=reason, because=because, given=given)
        self.due_at, self.rehandled = due_at, self.rehandled + 1

    def close(self, at: datetime, because: tuple[Because, ...]) -> None:
        """End it (办结)."""
        self.move(Move.CLOSE, SYSTEM, at, because=because)
        self.due_at = self.clerk_by = None

    def late_answer(self, given: Because, words: str | None, actor: Actor, at: datetime) -> None:
        """Keep what the citizen said to a survey that is over."""
        self.move(Move.REMARK, actor, at, note=words, because=(given,))

    def withdraw(self, reason: str | None, actor: Actor, at: datetime) -> None:
        """End it at the citizen's wish."""
        self.move(Move.WITHDRAW, actor, at, reason=reason)
        self.due_at = self.clerk_by = None

    def urge(self, reason: str | None, rule: UrgeRule, actor: Actor, at: datetime) -> None:
        """Note that the citizen asks for it to go faster, or that the hotline urges (催办).

        Raises:
            UrgeLimitReached: too soon after the last time, or too often.
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
        """Add words, details or `files` files; a detail that was owed is owed no longer.

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
