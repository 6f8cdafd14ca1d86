"""Commands such as `/help`: what each of ours stands for, and those that are refused."""

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
"""Intents by which Rasa is controlled: it runs them and says nothing."""

_COMMAND = re.compile(r"[/\N{FULLWIDTH SOLIDUS}]([A-Za-z][A-Za-z0-9_]{0,63})(?:@\w{1,64})?")
_PAYLOAD = re.compile(r"/\s*([A-Za-z_]+)")


def command_of(text: str) -> str | None:
    """Give the name of the command that a typed text is; None where it is anything else."""
    found = _COMMAND.fullmatch(text.strip())
    return found[1].lower() if found else None


def controls_engine(payload: str) -> bool:
    """Tell whether a payload is one that Rasa keeps for itself."""
    found = _PAYLOAD.match(payload.strip())
    return found is not None and found[1] in _ENGINES_OWN
