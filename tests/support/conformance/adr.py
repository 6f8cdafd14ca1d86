"""The features that the ADR says are run, as words that a walk can be seen to have met."""

import re
from pathlib import Path

ADR = Path(__file__).parents[3] / "docs" / "adr" / "0002-embedded-engine.md"
WRITTEN_OTHERWISE = {
    "config.yml": "recipe",
    "validate_<form>": "validate_form_a",
    "action_ask_…": "action_ask_s0",
    "utter_ask_…": "utter_ask_s",
    '/intent@0.9{"entity":': r"/i\d@0\.9",
    '"value"}': r'\\"x\\"}',
    "default_fallback": "action_default_fallback",
    "deactivate_loop": "action_deactivate_loop",
    "rasa_sdk.executor.ActionExecutor": "action_a",
}
"""What stands in the table as an example or a pattern, and a regular expression for it."""


def features() -> list[str]:
    """Every name in code type in the table of what is run."""
    table = ADR.read_text(encoding="utf-8").split("### What is run")[1].split("###")[0]
    names = [name for span in re.findall(r"`([^`]+)`", table) for name in span.split()]
    return list(dict.fromkeys(names))


def unmet(met: set[str]) -> list[str]:
    """The features that occur nowhere in what walks have met."""
    whole = "\n".join(met)
    patterns = {
        name: WRITTEN_OTHERWISE.get(name, rf"(?<!\w){re.escape(name)}(?!\w)") for name in features()
    }
    return [name for name, pattern in patterns.items() if not re.search(pattern, whole)]
