"""Map commands such as `/help` to intents, and name those that are refused."""

import re
from collections.abc import Mapping

COMMANDS: Mapping[str, str] = {
    "start": "greet",
    "help": "how_to_use",
    "language": "change_language",
    "progress": "check_progress",
    "privacy": "privacy",
}
"""Each command and the intent that it stands for."""

_ENGINES_OWN = frozenset({"session_start", "back", "restart"})
"""Intents that control Rasa itself: it runs them without a reply."""

_COMMAND = re.compile(r"[/\N{FULLWIDTH SOLIDUS}]([A-Za-z][A-Za-z0-9_]{0,63})(?:@\w{1,64})?")
_PAYLOAD = re.compile(r"/\s*([A-Za-z_]+)")


def command_of(text: str) -> str | None:
    """Return the name of the command in a typed text; None when it is not a command."""
    found = _COMMAND.fullmatch(text.strip())
    return found[1].lower() if found else None


def controls_engine(payload: str) -> bool:
    """Return whether a payload is an intent that controls Rasa itself."""
    found = _PAYLOAD.match(payload.strip())
    return found is not None and found[1] in _ENGINES_OWN
