"""Find the Rasa project: the checkout, or the folder that a city names."""

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[1]
TRAINING_DATA = ROOT / "nlu" / "data"
ACTIONS = "actions"
"""Name of the package that rasa-sdk's executor registers, as Rasa does."""


def tool(name: str) -> ModuleType:
    """Import a module of `tools/`, which is in the checkout but not in the package."""
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    return import_module(f"tools.{name}")
