"""The material of tests/strangers as it is written."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import fields as fields_of
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]
STRANGERS = ROOT / "tests" / "strangers"
PARTS = {"tuning": "tuning", "held-out": "held_out"}
"""The name of each part's files, by what the command line calls it."""

_EXPECTED = frozenset(
    {
        *("end", "kind", "category", "details", "also_filed", "cases", "not_asked", "absent"),
        *("alarm", "told", "never", "flags"),
    }
)
_PAUSE = re.compile(r"(\d+)([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class Conversation:
    """One citizen: what they say, what they know, and what is expected of the agent."""

    id: str
    says: Sequence[str]
    lang: str = "zh"
    about: str = ""
    knows: Mapping[str, str] = field(default_factory=dict)
    does_not_know: str = ""
    at_summary: Sequence[str] = ()
    instead: Sequence[Mapping[str, Any]] = ()
    idle: timedelta | None = None
    after: Sequence[str] = ()
    earlier: "Conversation | None" = None
    pause: timedelta | None = None
    expect: Mapping[str, Any] = field(default_factory=dict)
    notes: str = ""

    @property
    def ends(self) -> frozenset[str]:
        """The ends that are right."""
        return ends_of(self.expect)

    @property
    def several(self) -> bool:
        """Whether the citizen wants further matters filed beside the first."""
        return bool(self.expect.get("also_filed"))


def ends_of(expected: Mapping[str, Any]) -> frozenset[str]:
    """Give the ends that `expected` allows."""
    return frozenset(listed(expected["end"]))


def listed(value: Any) -> list[Any]:
    """Give a value that is written as itself or as a list of them as a list."""
    return list(value) if isinstance(value, list) else [value]


def conversation(written: Mapping[str, Any], id_: str = "") -> Conversation:
    """Read one conversation.

    Raises:
        ValueError: it has a key that nothing plays.
    """
    known = {item.name for item in fields_of(Conversation)}
    unknown = (set(written) - known) | (set(written["expect"]) - _EXPECTED)
    if unknown:
        raise ValueError(f"{written.get('id', id_)}: unknown keys {sorted(unknown)}")
    fields = {key: value for key, value in written.items() if value is not None}
    fields["id"] = str(written.get("id", id_))
    for key in ("idle", "pause"):
        if key in fields:
            fields[key] = _pause(fields[key])
    if "earlier" in fields:
        fields["earlier"] = conversation(fields["earlier"], f"{fields['id']}, earlier")
    return Conversation(**fields)


def _pause(written: str) -> timedelta:
    found = _PAUSE.fullmatch(written)
    if found is None:
        raise ValueError(f"no pause: {written!r}")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def read_yaml(file: Path) -> Any:
    """Read a file by the parser in C: there are hundreds."""
    return yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


def conversations(part: str, only: str | None = None) -> list[Conversation]:
    """Read the conversations of a part, all or those with the numbers in `only`: 012,040-060."""
    folder = STRANGERS / "conversations" / PARTS[part]
    wanted = None if only is None else numbers(only)
    return [
        conversation(read_yaml(file))
        for file in sorted(folder.glob("*.yml"))
        if wanted is None or int(file.stem) in wanted
    ]


def numbers(only: str) -> set[int]:
    """Read numbers and ranges of them."""
    found: set[int] = set()
    for item in only.split(","):
        first, _, last = item.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return found
