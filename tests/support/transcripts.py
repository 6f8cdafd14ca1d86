"""Transcripts of conversations: what the citizen says, and what must come of it, in YAML.

They name no engine. A step has one of
`user`   what is said or tapped (a payload, or `tap:` a button's title from the turn before);
`wait`   hours that pass;
`staff`  what others do with the newest case meanwhile: its unit `signs`, `wonders` (asks for more)
         or `replies`; who looks after clocks `sweeps`; the survey `asks`;
`api`    `up`, `down` (no request arrives) or `deaf` (requests arrive, answers do not);
`leader` what the leader on duty does: `plans`, `opens`, `asks` whether it is solved, `goes`.
A `user` step may expect
`bot`     texts, in order, each found in the turn's messages; `/…/` is a regular expression;
`not`     texts that must not occur;
`buttons` titles that are offered;
`slots`   values; a dotted name looks into a mapping (`place.text`), null means unset;
`asks`    the slot that the form asks for, null when no form is active;
`actions` actions run, in order, others between them allowed;
`custom`  keys and values of the turn's card;
`cases`   how many cases the citizen has now.
`as:` lets another citizen speak. `{number}` is the number of the last receipt, `{talk}` the talk
that the leader asked about.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

STEP_KEYS = frozenset(
    {
        "user",
        "tap",
        "as",
        "metadata",
        "wait",
        "api",
        "staff",
        "leader",
        "bot",
        "not",
        "buttons",
        "slots",
        "asks",
        "actions",
        "custom",
        "cases",
    }
)
_MISSING = object()


@dataclass(frozen=True, slots=True)
class Transcript:
    """One conversation and what is expected of it."""

    name: str
    file: str
    steps: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of one message: messages in order, and the state after it."""

    texts: tuple[str, ...]
    buttons: tuple[tuple[str, str], ...]
    customs: tuple[Mapping[str, Any], ...]
    slots: Mapping[str, Any]
    loop: str | None
    actions: tuple[str, ...] = field(default=())


def load(folder: Path) -> Iterator[Transcript]:
    """Read every transcript of a folder; a step with an unknown key is refused."""
    for file in sorted(folder.glob("*.yml")):
        for raw in yaml.safe_load(file.read_text(encoding="utf-8")):
            for step in raw["steps"]:
                unknown = set(step) - STEP_KEYS
                assert not unknown, f"{file.name}: {raw['name']}: unknown keys {sorted(unknown)}"
            yield Transcript(raw["name"], file.stem, tuple(raw["steps"]))


def faults(step: Mapping[str, Any], heard: Heard) -> list[str]:
    """What of `step` is not met by `heard`, in words."""
    found = [*_texts(step, heard), *_state(step, heard)]
    titles = [title for title, _ in heard.buttons]
    found += [
        f"no button {item!r} in {titles}" for item in step.get("buttons", ()) if item not in titles
    ]
    if "actions" in step:
        rest = iter(heard.actions)
        found += [
            f"action {action} missing or out of order in {list(heard.actions)}"
            for action in step["actions"]
            if action not in rest
        ]
    for key, value in step.get("custom", {}).items():
        got = [card.get(key, _MISSING) for card in heard.customs]
        if value not in got:
            found.append(f"custom {key} is {got}, not {value!r}")
    return found


def _texts(step: Mapping[str, Any], heard: Heard) -> Iterator[str]:
    whole = "\n".join(heard.texts)
    at = 0
    for wanted in _listed(step.get("bot", ())):
        span = _find(wanted, whole, at)
        if span is None:
            yield f"not said (in this order): {wanted!r}"
        else:
            at = span
    for unwanted in _listed(step.get("not", ())):
        if _find(unwanted, whole, 0) is not None:
            yield f"said, and must not be: {unwanted!r}"


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _find(wanted: str, whole: str, at: int) -> int | None:
    if len(wanted) > 2 and wanted.startswith("/") and wanted.endswith("/"):
        match = re.compile(wanted[1:-1]).search(whole, at)
        return match.end() if match else None
    index = whole.find(wanted, at)
    return index + len(wanted) if index >= 0 else None


def _state(step: Mapping[str, Any], heard: Heard) -> Iterator[str]:
    for name, wanted in step.get("slots", {}).items():
        value: Any = heard.slots
        for part in name.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        if value != wanted:
            yield f"slot {name} is {value!r}, not {wanted!r}"
    if "asks" in step:
        asked = heard.slots.get("requested_slot") if heard.loop else None
        if asked != step["asks"]:
            yield f"asks for {asked!r}, not {step['asks']!r}"
