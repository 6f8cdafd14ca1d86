"""Circulars (通报): which cases are shown to all units as good examples, and which as poor ones.

Nobody is put on a list without its reasons, and these come from records alone.
"""

from dataclasses import dataclass

from api.domain.catalogue import CircularRule
from api.domain.routing import Because

_GOOD = frozenset({"satisfied", "very_satisfied"})
_BAD = frozenset({"dissatisfied", "very_dissatisfied"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """How a unit conducted one case.

    Attributes:
        used: the share of its time that it took, or has taken so far; None where none was promised.
        late_days: working days behind the deadline; 0 in time.
        urges: how often it was urged, by citizens and by the hotline.
        solved, satisfaction: what the citizen said last; None when nobody was reached.
        hard: it was a hard one (疑难), or an assessment had to name the unit.
        followed: other cases that were settled with it.
    """

    number: str
    unit: str
    category: str
    used: float | None
    late_days: float
    urges: int
    supervised: bool
    reported: bool
    rehandled: int
    hard: bool
    followed: int
    solved: str | None
    satisfaction: str | None


@dataclass(frozen=True, slots=True)
class Listed:
    """A case on a circular: how much speaks for putting it there, and what."""

    conduct: Conduct
    weight: int
    reasons: tuple[Because, ...]


def exemplary(one: Conduct, rule: CircularRule) -> Listed | None:
    """Tell why a case is a good example, if it is: solved, in time, the citizen content."""
    if one.solved != "yes" or one.satisfaction not in _GOOD or one.late_days or one.rehandled:
        return None
    if one.supervised or one.reported:
        return None
    reasons = []
    if one.used is not None and 100 * one.used <= rule.quick_percent:
        reasons.append(Because("quick", {"percent": f"{one.used:.0%}"}))
    if one.satisfaction == "very_satisfied":
        reasons.append(Because("very_satisfied", {}))
    if one.hard:
        reasons.append(Because("hard_one_solved", {}))
    if one.followed:
        reasons.append(Because("many_helped_at_once", {"count": str(one.followed + 1)}))
    return _listed(one, reasons, rule)


def poor(one: Conduct, rule: CircularRule) -> Listed | None:
    """Tell why a case is a poor example, if it is."""
    reasons = []
    if one.reported:
        reasons.append(Because("reported_up", {}))
    if one.supervised:
        reasons.append(Because("supervised", {}))
    if one.late_days:
        reasons.append(Because("late", {"days": f"{one.late_days:.1f}"}))
    if one.urges >= rule.urges:
        reasons.append(Because("urged_often", {"count": str(one.urges)}))
    if one.rehandled:
        reasons.append(Because("went_back", {"count": str(one.rehandled)}))
    if one.solved == "no":
        reasons.append(Because("not_solved", {}))
    if one.satisfaction in _BAD:
        reasons.append(Because("dissatisfied", {}))
    return _listed(one, reasons, rule)


def _listed(one: Conduct, reasons: list[Because], rule: CircularRule) -> Listed | None:
    weight = sum(rule.weights.get(reason.code, 0) for reason in reasons)
    return Listed(one, weight, tuple(reasons)) if weight >= rule.enough else None
