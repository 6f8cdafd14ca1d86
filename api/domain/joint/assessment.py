"""Joint assessment (联合研判): decide which unit is responsible for an unclear case."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from api.catalogue.rules.units import Unit
from api.domain.cases.case import Case
from api.domain.cases.routing import CodedReason
from api.domain.lifecycle import Move, MoveNeed
from api.people.rules.actor import Actor


class Principle(StrEnum):
    """Principle of responsibility: 谁主管 / 谁审批 / 谁受益谁负责."""

    IN_CHARGE = "in_charge"
    APPROVES = "approves"
    BENEFITS = "benefits"


class Stand(StrEnum):
    """A member's statement about its own responsibility."""

    OURS = "ours"
    PARTLY = "partly"
    NOT_OURS = "not_ours"


@dataclass(frozen=True, slots=True)
class MemberView:
    """A member's view: which unit is responsible, and why."""

    unit: str
    stand: Stand
    words: str
    at: datetime


@dataclass(slots=True, kw_only=True)
class Assessment:
    """One assessment; `round` counts those of the case from 1. Open until it has a `principle`."""

    number: str
    round: int
    opened_at: datetime
    due_at: datetime
    reason: str | None
    members: tuple[str, ...]
    views: tuple[MemberView, ...] = ()
    principle: Principle | None = None
    lead: str | None = None
    helpers: tuple[str, ...] = ()
    words: str | None = None
    ruled_at: datetime | None = None


def open_assessment(
    case: Case,
    reason: str | None,
    members: Sequence[str],
    actor: Actor,
    at: datetime,
    *,
    rule_by: datetime,
    because: tuple[CodedReason, ...] = (),
) -> None:
    """Open an assessment of the possibly responsible units, to be ruled by `rule_by`.

    Without a `reason` in words, `because` is the reason.
    """
    given = (MoveNeed.REASON,) if because else ()
    case.move(Move.OPEN_ASSESSMENT, actor, at, reason=reason, because=because, given=given)
    case.members = tuple(dict.fromkeys(members))
    case.clerk_by = rule_by
    case.due_at = case.due_at or rule_by


def give_view(case: Case, stand: Stand, words: str, actor: Actor, at: datetime) -> None:
    """Record a member's view."""
    said = CodedReason("view", {"unit": actor.unit or "", "stand": stand})
    case.move(Move.GIVE_VIEW, actor, at, reason=words, because=(said,))


def rule(
    case: Case,
    principle: Principle,
    lead: Unit,
    reason: str,
    actor: Actor,
    at: datetime,
    *,
    due_at: datetime,
) -> None:
    """Set the leading unit and the principle; this unit cannot return the case."""
    because = (CodedReason(f"ruled_{principle}", {"unit": lead.names}),)
    given = (MoveNeed.RULING, MoveNeed.UNIT, MoveNeed.UNTIL)
    case.hand_to(Move.RULE, lead, actor, at, due_at, because, reason, given)
    case.ruled, case.members = True, ()
