"""A case: one matter of one citizen, from their words to its end.

All change goes through the methods here: each asks the life cycle's table, changes the case and
adds one entry to its history, so that the two cannot disagree. `entries` holds what the repository
has not written yet.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from api.domain.actor import SYSTEM, Actor, Role
from api.domain.catalogue import Exclusion, Kind, Unit, Urgency
from api.domain.errors import ContactTimeInvalid, UrgeLimitReached
from api.domain.lifecycle import Move, State, after
from api.domain.routing import Because


class ContactMode(StrEnum):
    """How the citizen is known: to the unit too, to the hotline only, or to nobody."""

    NAMED = "named"
    CONFIDENTIAL = "confidential"
    ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class Contact:
    """The citizen's identity as given; name and phone are personal data."""

    mode: ContactMode
    name: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Location:
    """Where it is: the citizen's words, territory codes, and the parts of an address in them."""

    text: str
    district: str | None = None
    street: str | None = None
    community: str | None = None
    parts: Mapping[str, str] = field(default_factory=dict)

    @property
    def narrowest(self) -> str | None:
        """The code of the smallest territory known."""
        return self.community or self.street or self.district


@dataclass(frozen=True, slots=True)
class Moment:
    """When it was: the citizen's words, and what they come to."""

    text: str
    start: datetime | None = None
    end: datetime | None = None
    recurrence: str | None = None


@dataclass(frozen=True, slots=True)
class Matter:
    """What the citizen said: personal words, kept encrypted."""

    happened: str
    place: Location | None = None
    time: Moment | None = None
    demand: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """All free text, for rules that look for marks in it."""
        return "\n".join(part for part in (self.happened, self.demand) if part)


@dataclass(frozen=True, slots=True)
class Reply:
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


@dataclass(frozen=True, slots=True)
class Entry:
    """One move in the history. `actor_name` is staff's; a citizen has none here."""

    seq: int
    at: datetime
    move: Move
    from_state: State | None
    to_state: State
    actor_id: str
    actor_role: Role
    actor_name: str | None
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
    """Where a case stands, without personal words: what lists and clocks need.

    `version` counts the entries of its history. `due_at` is until when the next word is due;
    `clerk_by` is set while a clerk has to decide.
    """

    number: str
    state: State
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


@dataclass(slots=True, kw_only=True)
class Case(Standing):
    """The whole case."""

    channel: str
    language: str
    matter: Matter
    contact: Contact
    because: tuple[Because, ...] = ()
    exclusion: str | None = None
    entries: list[Entry] = field(default_factory=list)

    def submit(self, actor: Actor, at: datetime) -> None:
        """Come into being: the first entry of the history."""
        self._move(Move.SUBMIT, actor, at)

    def accept(self, actor: Actor, at: datetime) -> None:
        """Take the matter on."""
        self._move(Move.ACCEPT, actor, at)

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
        self._move(Move.DISPATCH, actor, at, reason=reason, because=because)
        self.unit, self.due_at, self.because, self.clerk_by = unit.code, due_at, because, None

    def wait_for_clerk(self, by: datetime, because: tuple[Because, ...]) -> None:
        """Leave the next move to a clerk, who makes it `by` then."""
        self.clerk_by, self.due_at, self.because = by, by, because

    def reject(self, exclusion: Exclusion, reason: str, actor: Actor, at: datetime) -> None:
        """Not accept the matter; the exclusion names the right door."""
        self._move(Move.REJECT, actor, at, reason=reason)
        self.exclusion, self.due_at, self.clerk_by = exclusion.key, None, None

    def answer_online(
        self, unit: Unit, actor: Actor, at: datetime, because: tuple[Because, ...]
    ) -> None:
        """End it as answered while the citizen was on line, by `unit`; nothing is left to do."""
        self._move(Move.ANSWER_ONLINE, actor, at, because=because)
        self.unit, self.because = unit.code, because
        self.due_at = self.clerk_by = None

    def sign_in(self, actor: Actor, at: datetime) -> None:
        """Take it in hand, as its unit."""
        self._move(Move.SIGN_IN, actor, at)

    def progress(self, note: str, actor: Actor, at: datetime) -> None:
        """Tell the citizen what was done so far."""
        self._move(Move.PROGRESS, actor, at, note=note)

    def reply(self, reply: Reply, actor: Actor, at: datetime) -> None:
        """Answer it, as its unit; no word is due any more.

        Raises:
            ContactTimeInvalid: the citizen was contacted after now, or before there was a case.
        """
        contacted = reply.contacted_at
        if contacted is not None and not self.opened_at <= contacted <= at:
            after(Move.REPLY, self.state, actor.acts_as)
            raise ContactTimeInvalid(contacted_at=contacted.isoformat())
        self._move(
            Move.REPLY,
            actor,
            at,
            reason=reply.why_not,
            note=reply.answer,
            because=(reply.because(),),
        )
        self.due_at = self.clerk_by = None

    def give_back(self, reason: str, actor: Actor, at: datetime, *, decide_by: datetime) -> None:
        """Return it (退单), as its unit; a clerk decides by `decide_by`. The clock runs on."""
        self._move(Move.RETURN, actor, at, reason=reason)
        self.clerk_by = decide_by

    def accept_return(
        self, reason: str | None, actor: Actor, at: datetime, *, dispatch_by: datetime
    ) -> None:
        """Let the unit off; a clerk names another one by `dispatch_by`."""
        self._move(Move.ACCEPT_RETURN, actor, at, reason=reason)
        self.unit, self.because = None, (Because("unit_let_off", {}),)
        self.due_at = self.clerk_by = dispatch_by

    def refuse_return(self, reason: str, actor: Actor, at: datetime) -> None:
        """Hold the unit to it; the clock went on."""
        self._move(Move.REFUSE_RETURN, actor, at, reason=reason)
        self.clerk_by = None

    def ask_survey(self, at: datetime) -> None:
        """Ask the citizen what came of it (回访)."""
        self._move(Move.ASK_SURVEY, SYSTEM, at)

    def rate(
        self, actor: Actor, at: datetime, because: tuple[Because, ...], words: str | None
    ) -> None:
        """Put the citizen's rating on record, with their own words."""
        self._move(Move.RATE, actor, at, note=words, because=because)

    def rehandle(
        self,
        reason: str,
        actor: Actor,
        at: datetime,
        *,
        due_at: datetime,
        because: tuple[Because, ...] = (),
    ) -> None:
        """Send it back to its unit (重办), which answers anew by `due_at`."""
        self._move(Move.REHANDLE, actor, at, reason=reason, because=because)
        self.due_at = due_at

    def close(self, at: datetime, because: tuple[Because, ...]) -> None:
        """End it (办结)."""
        self._move(Move.CLOSE, SYSTEM, at, because=because)
        self.due_at = self.clerk_by = None

    def late_answer(self, given: Because, words: str | None, actor: Actor, at: datetime) -> None:
        """Keep what the citizen said to a survey that is over."""
        self._move(Move.REMARK, actor, at, note=words, because=(given,))

    def withdraw(self, reason: str | None, actor: Actor, at: datetime) -> None:
        """End it at the citizen's wish."""
        self._move(Move.WITHDRAW, actor, at, reason=reason)
        self.due_at = self.clerk_by = None

    def urge(self, reason: str | None, rule: UrgeRule, actor: Actor, at: datetime) -> None:
        """Note that the citizen asks for it to go faster.

        Raises:
            UrgeLimitReached: too soon after the last time, or too often.
        """
        after(Move.URGE, self.state, actor.acts_as)
        if self.urged >= rule.most:
            raise UrgeLimitReached(most=rule.most)
        if self.urged_at is not None and at < self.urged_at + rule.gap:
            raise UrgeLimitReached.until(self.urged_at + rule.gap)
        self._move(Move.URGE, actor, at, reason=reason)
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
        because = [Because("files_given", {"count": str(files)})] if files else []
        if files:
            self.owed = tuple(key for key in self.owed if key not in shown)
        if not details:
            self._move(Move.REMARK, actor, at, note=text, because=tuple(because))
            return
        given = Because("details_given", {"keys": ",".join(sorted(details))})
        self._move(Move.ADD_DETAILS, actor, at, note=text, because=(given, *because))
        self.matter = replace(self.matter, details={**self.matter.details, **details})
        self.owed = tuple(key for key in self.owed if key not in details)

    def _move(
        self,
        move: Move,
        actor: Actor,
        at: datetime,
        *,
        reason: str | None = None,
        note: str | None = None,
        because: tuple[Because, ...] = (),
    ) -> None:
        before = self.state if self.version else None
        role = actor.acts_as
        self.state = after(move, before, role, reason)
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
                reason=reason,
                note=note,
                because=because,
            )
        )
