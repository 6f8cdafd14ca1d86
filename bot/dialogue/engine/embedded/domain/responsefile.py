"""Read responses from the domain's files."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.dialogue.engine.embedded.domain.pieces import DomainPieces
from bot.dialogue.engine.embedded.domain.slots import Slot
from bot.dialogue.engine.embedded.values import Json

_RESPONSE_KEYS = {"text", "buttons", "image", "custom", "condition", "channel", "id", "metadata"}


class ResponseReader:
    """Checks one variation of a response."""

    def __init__(
        self, pieces: DomainPieces, name: str, index: int, slots: Mapping[str, Slot]
    ) -> None:
        self.pieces = pieces
        self.name = name
        self.index = index
        self.slots = slots
        self.sound = True

    def fault(self, path: tuple[str | int, ...], feature: str, advice: str) -> None:
        """Add a fault of this variation."""
        self.sound = False
        place = self.pieces.place("responses", self.name, self.index, *path)
        self.pieces.problems.add(place, f"{feature} in response '{self.name}'", advice)

    def check(self, content: Json) -> bool:
        """Return whether `content` is valid; add its faults."""
        if not isinstance(content, Mapping):
            self.fault((), "variation", "write `- text: ...`")
            return False
        for key in content:
            if key not in _RESPONSE_KEYS:
                self.fault((str(key),), f"key '{key}'", f"use {', '.join(sorted(_RESPONSE_KEYS))}")
        text = content.get("text")
        if text is None and not content.get("custom"):
            self.fault((), "nothing to say", "write `text:` or `custom:`")
        checks: dict[str, Callable[[Any], bool]] = {
            "text": lambda value: isinstance(value, str),
            "image": lambda value: isinstance(value, str),
            "channel": lambda value: isinstance(value, str),
            "custom": lambda value: isinstance(value, Mapping),
        }
        for key, fits in checks.items():
            if content.get(key) is not None and not fits(content[key]):
                self.fault((key,), f"'{key}'", "quote it, so that it is a text")
        if isinstance(text, str):
            self._check_braces(text)
        self._check_buttons(content.get("buttons"))
        self._check_condition(content.get("condition"))
        return self.sound

    def _check_braces(self, text: str) -> None:
        bare = text.replace("{{", "").replace("}}", "")
        depth = 0
        for character in bare:
            depth += {"{": 1, "}": -1}.get(character, 0)
            if depth not in (0, 1):
                break
        if depth != 0:
            self.fault(("text",), "a lone brace", "write {{ and }} for braces, {slot} for a slot")

    def _check_buttons(self, found: Json) -> None:
        if found is None:
            return
        if not isinstance(found, list):
            self.fault(("buttons",), "buttons", "write a list of title and payload")
            return
        for index, button in enumerate(found):
            if not isinstance(button, Mapping) or not all(
                isinstance(button.get(key), str) for key in ("title", "payload")
            ):
                self.fault(("buttons", index), "button", "write `title:` and `payload:` as texts")

    def _check_condition(self, found: Json) -> None:
        if found is None:
            return
        if not isinstance(found, list):
            self.fault(("condition",), "condition", "write a list of type, name and value")
            return
        for index, item in enumerate(found):
            here = ("condition", index)
            if (
                not isinstance(item, Mapping)
                or set(item) - {"type", "name", "value"}
                or item.get("type") != "slot"
                or "value" not in item
            ):
                self.fault(here, "condition", "write `type: slot`, `name:` and `value:`")
            elif item.get("name") not in self.slots:
                self.fault(
                    here, f"condition on slot '{item.get('name')}'", "list it under `slots:`"
                )
