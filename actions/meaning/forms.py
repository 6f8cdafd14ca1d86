"""Match forms of a sentence; their patterns are in `forms.yml`."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_FILE = Path(__file__).with_name("forms.yml")
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def has_form(form: str, text: str) -> bool:
    """Return whether `text` has the form of that name in `forms.yml`."""
    return _pattern(form).search(text) is not None


@cache
def _pattern(form: str) -> re.Pattern[str]:
    return re.compile("|".join(_forms()[form]), re.IGNORECASE)


@cache
def _forms() -> dict[str, list[str]]:
    read: dict[str, list[str]] = yaml.load(_FILE.read_text(encoding="utf-8"), _LOADER)  # noqa: S506 - a safe loader
    return read
