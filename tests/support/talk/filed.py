"""A filed case, as a clerk of the hotline sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from api.contract import CaseOut, CatalogueOut

PARTIES = ("employer", "merchant", "company", "institution", "hospital", "suspect")
"""Details that are one family: a name is right if it stands in any of them."""


@dataclass(frozen=True, slots=True)
class Filed:
    """What the judgement looks at of a case. `values` are words by detail, `mode` is how the
    citizen is named, `category` is a code and `called` its names in both languages."""

    number: str
    kind: str = "complaint"
    category: str = ""
    called: tuple[str, str] = ("", "")
    state: str = "dispatched"
    happened: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    mode: str = "named"

    @property
    def words(self) -> str:
        """All words of the case."""
        return "\n".join((self.happened, *self.values.values()))

    def value(self, key: str) -> str | None:
        """What was told for a detail; of a party, what was told for any of the family."""
        if key not in PARTIES:
            return self.values.get(key)
        names = [self.values[party] for party in PARTIES if party in self.values]
        return " ".join(names) or None


def filed(case: CaseOut, known: CatalogueOut) -> Filed:
    """Read a case. A choice has its value and its names, as either may be expected."""
    values: dict[str, Any] = {
        "place": case.place.text if case.place else None,
        "time": case.time.text if case.time else None,
        "demand": case.demand,
        "contact": case.contact.phone,
        **{key: _named(key, value, known) for key, value in case.details.items()},
    }
    return Filed(
        number=case.number,
        kind=case.kind,
        category=case.category.code,
        called=(case.category.names.zh, case.category.names.en),
        state=case.state,
        happened=case.happened,
        values={key: value for key, value in values.items() if value},
        mode=case.contact.mode,
    )


def _named(key: str, value: str, known: CatalogueOut) -> str:
    definition = known.details.get(key)
    for choice in definition.choices if definition else ():
        if choice.value == value:
            return f"{value} ({choice.names.zh}, {choice.names.en})"
    return value
