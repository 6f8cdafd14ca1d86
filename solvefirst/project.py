"""Where the Rasa project lies: the checkout, or the folder that a city names."""

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[1]
TRAINING_DATA = ROOT / "nlu" / "data"
ACTIONS = "actions"
"""The package that rasa-sdk's executor registers, by name as Rasa does."""


def tool(name: str) -> ModuleType:
    """Import a module of `tools/`, which lies in the checkout and is no part of the package."""
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    return import_module(f"tools.{name}")
