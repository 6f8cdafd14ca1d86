"""A case: one matter of one citizen, from the words to the end.

All changes go through `Case.move`: it checks the life cycle's table, changes the state and adds one
entry to the history, so that both always agree. Further changes of a move are in its method: here
for the ordinary course, and in `returns`, `together` and `assessment` for the others. `entries`
holds the entries that the repository has not written yet.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from api.catalogue.rules.categories import ExcludedMatter
from api.catalogue.rules.units import Unit
from api.domain.cases.clock import SlaClock
from api.domain.cases.matter import CitizenContact, Matter
from api.domain.cases.routing import CodedReason
from api.domain.cases.standing import Standing, files_given
from api.domain.errors import ContactTimeInvalid, EvidenceRequired, UrgeLimitReached
from api.domain.lifecycle import Move, MoveNeed
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

    def because(self) -> CodedReason:
        """Return the history's reason; the words are in the entry's note and reason."""
        contacted = {"contacted": "yes" if self.contacted_at else "no"}
        if self.contacted_at is not None:
            contacted["contacted_at"] = self.contacted_at.isoformat()
        return CodedReason(
            "replied", {"claim_true": self.claim_true, "solved": self.solved, **contacted}
        )


@dataclass(frozen=True, slots=True)
class UrgeRule:
    """Limits of urging one case."""

    gap: timedelta = timedelta(hours=24)
    most: int = 3


@dataclass(slots=True, kw_only=True)
class Case(Standing):
    """The whole case. `clocks` are the running and paused ones, once they are read."""

    channel: str
    language: str
    matter: Matter
    contact: CitizenContact
    because: tuple[CodedReason, ...] = ()
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
        because: tuple[CodedReason, ...],
        reason: str | None = None,
    ) -> None:
        """Dispatch the case to `unit`, which must answer by `due_at`."""
        given = (MoveNeed.UNIT, MoveNeed.UNTIL)
        self.hand_to(Move.DISPATCH, unit, actor, at, due_at, because, reason, given)

    def hand_to(
        self,
        move: Move,
        unit: Unit,
        actor: Actor,
        at: datetime,
        due_at: datetime | None,
        because: tuple[CodedReason, ...],
        reason: str | None,
        given: Collection[MoveNeed],
    ) -> None:
        """Make a move that gives the case to a unit, which must answer by `due_at`.

        A helper that becomes the lead no longer has its helper's task.
        """
        self.move(move, actor, at, reason=reason, because=because, given=given, unit=unit.code)
        self.unit, self.dispatched_at, self.due_at = unit.code, at, due_at
        self.because, self.clerk_by = because, None
        self.held_by = tuple(dict.fromkeys((*self.held_by, unit.code)))
        self.helpers = tuple(helper for helper in self.helpers if helper != unit.code)

    def wait_for_clerk(self, by: datetime, because: tuple[CodedReason, ...]) -> None:
        """Leave the next move to a clerk, due `by` then."""
        self.clerk_by, self.due_at, self.because = by, by, because

    def reject(self, exclusion: ExcludedMatter, reason: str, actor: Actor, at: datetime) -> None:
        """Reject the matter; the exclusion names the right office."""
        self.move(Move.REJECT, actor, at, reason=reason)
        self.exclusion, self.due_at, self.clerk_by = exclusion.key, None, None

    def answer_online(
        self, unit: Unit, actor: Actor, at: datetime, because: tuple[CodedReason, ...]
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
        self, actor: Actor, at: datetime, because: tuple[CodedReason, ...], words: str | None
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
        because: tuple[CodedReason, ...] = (),
    ) -> None:
        """Send the case back to its unit (重办), which must answer again by `due_at`.

        Without a `reason` in words, `because` is the reason.
        """
        given = (MoveNeed.REASON,) if because else ()
        self.move(Move.REHANDLE, actor, at, reason=reason, because=because, given=given)
        self.due_at, self.rehandled = due_at, self.rehandled + 1

    def close(self, at: datetime, because: tuple[CodedReason, ...]) -> None:
        """Close the case (办结)."""
        self.move(Move.CLOSE, SYSTEM, at, because=because)
        self.due_at = self.clerk_by = None

    def late_answer(
        self, given: CodedReason, words: str | None, actor: Actor, at: datetime
    ) -> None:
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
        given = CodedReason("details_given", {"keys": ",".join(sorted(details))})
        self.move(Move.ADD_DETAILS, actor, at, note=text, because=(given, *because))
        self.matter = replace(self.matter, details={**self.matter.details, **details})
        self.owed = tuple(key for key in self.owed if key not in details)
