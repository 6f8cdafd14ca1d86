"""Categories: what a case is filed under, with kinds, urgencies and exclusions."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from api.catalogue.rules.limits import TimeLimit
from api.catalogue.rules.texts import Text, TextVariants


class Kind(StrEnum):
    """What a citizen wants by speaking (诉求类型)."""

    CONSULT = "consult"
    HELP = "help"
    COMPLAINT = "complaint"
    REPORT = "report"
    SUGGESTION = "suggestion"
    PRAISE = "praise"


class Urgency(StrEnum):
    """How fast a matter must be answered; `URGENT` and `EXTREME` run around the clock."""

    NORMAL = "normal"
    URGENT = "urgent"
    EXTREME = "extreme"

    @property
    def rank(self) -> int:
        """0, 1 or 2: greater is more pressing."""
        return list(Urgency).index(self)


@dataclass(frozen=True, slots=True)
class Raise:
    """A category becomes more urgent once a number is reached: ten unpaid workers, say."""

    detail: str
    at_least: int
    urgency: Urgency


@dataclass(frozen=True, slots=True)
class FirstLevelCategory:
    """A first-level category: two digits that group second-level ones."""

    code: str
    names: Text


@dataclass(frozen=True, slots=True)
class CaseCategory:
    """A second-level category: what a case is filed under.

    `unit_type` is who solves first; when that is a territorial type (the street), `department` is
    the type that stands behind it. `required` details are asked for, though none is a condition of
    opening a case; `optional` ones are taken when offered. `hint` says what to expect. `evidence`
    is whether a unit shows what it did, by a photo or a document.
    """

    code: str
    parent: str
    names: Text
    words: TextVariants
    required: tuple[str, ...]
    optional: tuple[str, ...]
    unit_type: str
    department: str | None
    limit: TimeLimit
    urgency: Urgency
    hint: Text
    raises: Raise | None = None
    evidence: bool = False

    def urgency_with(self, details: Mapping[str, str]) -> Urgency:
        """The urgency of a case that carries `details` (answers by key, numbers as digits)."""
        if self.raises is None:
            return self.urgency
        answer = details.get(self.raises.detail, "")
        reached = answer.isdecimal() and int(answer) >= self.raises.at_least
        return self.raises.urgency if reached else self.urgency


@dataclass(frozen=True, slots=True)
class ExcludedMatter:
    """A matter that the hotline may not take (不予受理): its marks, why, and the right door."""

    key: str
    names: Text
    words: TextVariants
    reason: Text
    door: Text
