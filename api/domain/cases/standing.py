"""Where a case stands, without personal data, and the entries of its history."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from api.catalogue.rules.categories import RequestKind, Urgency
from api.domain.cases.routing import CodedReason
from api.domain.errors import NotYourPart
from api.domain.lifecycle import SIDE, TABLE, CaseState, Move, MoveNeed, UnitRole, after
from api.people.rules.actor import Actor, Role


def files_given(count: int) -> tuple[CodedReason, ...]:
    """Return the history's reason for the files of a move."""
    return (CodedReason("files_given", {"count": str(count)}),) if count else ()


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
    because: tuple[CodedReason, ...] = ()


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
    kind: RequestKind
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
        given: Collection[MoveNeed] = (),
    ) -> CaseState:
        """Return the state that a move would lead to, without changing anything.

        Raises:
            NotYourPart: the actor's unit does not have the required role in the case.
            Refusal: as `lifecycle.after`.
        """
        role, came = actor.acts_as, set(given)
        if reason:
            came.add(MoveNeed.REASON)
        if note:
            came.add(MoveNeed.NOTE)
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
        because: tuple[CodedReason, ...] = (),
        given: Collection[MoveNeed] = (),
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
