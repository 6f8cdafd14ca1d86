"""Define categories of cases, with kinds, urgencies and exclusions."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from api.catalogue.rules.limits import TimeLimit
from api.catalogue.rules.texts import Text, TextVariants


class RequestKind(StrEnum):
    """Kind of a request (诉求类型)."""

    CONSULT = "consult"
    HELP = "help"
    COMPLAINT = "complaint"
    REPORT = "report"
    SUGGESTION = "suggestion"
    PRAISE = "praise"


class Urgency(StrEnum):
    """Urgency of a matter; the limits of `URGENT` and `EXTREME` run around the clock."""

    NORMAL = "normal"
    URGENT = "urgent"
    EXTREME = "extreme"

    @property
    def rank(self) -> int:
        """0, 1 or 2: a greater number is more urgent."""
        return list(Urgency).index(self)


@dataclass(frozen=True, slots=True)
class Raise:
    """Rule that raises the urgency from a number on, such as ten unpaid workers."""

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
    """A second-level category of cases.

    `unit_type` is the type of the first responsible unit; for a territorial type (the street)
    `department` is the type of the department behind it. `required` details are asked for, but a
    case can be opened without them; `optional` ones are accepted. `hint` says what to expect.
    `evidence` is whether a unit must prove its work with a photo or a document.
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
        """Return the urgency of a case with `details` (answers by key, numbers as digits)."""
        if self.raises is None:
            return self.urgency
        answer = details.get(self.raises.detail, "")
        reached = answer.isdecimal() and int(answer) >= self.raises.at_least
        return self.raises.urgency if reached else self.urgency


@dataclass(frozen=True, slots=True)
class ExcludedMatter:
    """A matter that the hotline may not accept (不予受理): words, reason, right office."""

    key: str
    names: Text
    words: TextVariants
    reason: Text
    door: Text
