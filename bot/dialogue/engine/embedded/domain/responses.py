"""Choose a response's variation, fill in slots, and make its `bot` event."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import structlog

from bot.dialogue.engine.embedded.values import Json, copy_json

_log = structlog.get_logger(__name__)

Choose: TypeAlias = Callable[[Sequence["Variation"]], "Variation"]
"""Chooses one of several suitable variations; `random.Random.choice` in production."""

_PLACEHOLDER = re.compile(r"{([^\n{}]+?)}")
_FILLED_KEYS = ("text", "image", "custom", "buttons")


@dataclass(frozen=True, slots=True)
class Variation:
    """One wording of a response. `constraints` are (slot, value) pairs, `None` if unconditional."""

    content: Mapping[str, Any]
    constraints: tuple[tuple[str, Any], ...] | None
    channel: str | None
    has_placeholders: bool

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> "Variation":
        """Make a variation from an entry of `responses:` in the domain."""
        condition = content.get("condition")
        constraints = None
        if condition is not None:
            constraints = tuple((item["name"], item.get("value")) for item in condition)
        return cls(
            content=content,
            constraints=constraints,
            channel=content.get("channel"),
            has_placeholders=any(_has_brace(content.get(key)) for key in _FILLED_KEYS),
        )

    def holds(self, slots: Mapping[str, Any]) -> bool:
        """Return whether all constraints are met; strings are compared without case."""
        for name, wanted in self.constraints or ():
            value = slots.get(name)
            if isinstance(value, str) and isinstance(wanted, str):
                if value.casefold() != wanted.casefold():
                    return False
            elif value != wanted:
                return False
        return True


def suitable(
    variations: Sequence[Variation], channel: str, slots: Mapping[str, Any]
) -> list[Variation]:
    """Return the variations to choose from, in Rasa's order of preference.

    The order is: conditional ones for this channel, unconditional ones for it, conditional ones
    for any channel, then the rest. An empty condition list counts as neither kind.
    """
    default = [v for v in variations if v.constraints is None]
    conditional = [v for v in variations if v.constraints and v.holds(slots)]
    for group, wanted in (
        (conditional, channel),
        (default, channel),
        (conditional, None),
        (default, None),
    ):
        found = [v for v in group if v.channel == wanted]
        if found:
            return found
    return []


def generate(
    variations: Sequence[Variation],
    channel: str,
    slots: Mapping[str, Any],
    choose: Choose,
    extra: Mapping[str, Any] | None = None,
) -> dict[str, Any] | None:
    """Fill one suitable variation; `None` when none fits. `extra` values override slots."""
    found = suitable(variations, channel, slots)
    if not found:
        return None
    chosen = found[0] if len(found) == 1 else choose(found)
    message: dict[str, Any] = copy_json(chosen.content)
    if chosen.has_placeholders:
        values = {**slots, **(extra or {})}
        for key in _FILLED_KEYS:
            if key in message:
                message[key] = interpolate(message[key], values)
    return message


def interpolate(value: Json, values: Mapping[str, Any]) -> Json:
    """Interpolate `values` into every string inside `value`."""
    if isinstance(value, str):
        return interpolate_text(value, values)
    if isinstance(value, dict):
        return {key: interpolate(item, values) for key, item in value.items()}
    if isinstance(value, list):
        return [interpolate(item, values) for item in value]
    return value


def interpolate_text(text: str, values: Mapping[str, Any]) -> str:
    """Fill `{name}` placeholders with `values`, exactly as Rasa's interpolator does.

    An unset slot gives the word `None`. One unknown name leaves the whole text unchanged. `{{` and
    `}}` are literal braces, unless a literal `{{name}}` occurs together with a real placeholder.

    Raises:
        ValueError, IndexError: an unmatched brace, as in Rasa.
    """
    pattern = _PLACEHOLDER.sub(r"{0[\1]}", text)
    try:
        filled = pattern.format(values)
        # Rasa searches for this in the filled text, which may contain a citizen's own words.
        if "0[" in pattern.format(_Nothing()):
            return text.format({})
    except KeyError as error:
        _log.warning("response_place_unknown", place=str(error.args[0]))
        return text
    return filled


class _Nothing:
    """Fills every placeholder with an empty text, so that only the response's own text is left."""

    def __getitem__(self, _name: object) -> str:
        return ""


def placeholders(value: Json) -> set[str]:
    """Return the names in single braces anywhere inside `value`."""
    if isinstance(value, str):
        bare = value.replace("{{", "").replace("}}", "")
        return set(_PLACEHOLDER.findall(bare))
    if isinstance(value, dict):
        return {name for item in value.values() for name in placeholders(item)}
    if isinstance(value, list):
        return {name for item in value for name in placeholders(item)}
    return set()


def bot_event(message: Mapping[str, Any], timestamp: float) -> dict[str, Any]:
    """Make the `bot` event of a filled response or of an action's message."""
    rest = dict(message)
    text = rest.pop("text", None)
    elements = rest.pop("elements", None)
    quick_replies = rest.pop("quick_replies", None)
    buttons = rest.pop("buttons", None)
    attachment = rest.pop("attachment", None) or rest.get("image")
    return {
        "event": "bot",
        "timestamp": timestamp,
        "metadata": rest,
        "text": text,
        "data": {
            "elements": elements,
            "quick_replies": quick_replies,
            "buttons": buttons,
            "attachment": attachment,
            "image": rest.pop("image", None),
            "custom": rest.pop("custom", None),
        },
    }


def _has_brace(value: Json) -> bool:
    if isinstance(value, str):
        return "{" in value or "}" in value
    if isinstance(value, dict):
        return any(_has_brace(item) for item in value.values())
    if isinstance(value, list):
        return any(_has_brace(item) for item in value)
    return False
