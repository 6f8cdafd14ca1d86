"""Where the Rasa project lies: the checkout, or the folder that a city names."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TRAINING_DATA = ROOT / "nlu" / "data"
ACTIONS = "actions"
"""The package that rasa-sdk's executor registers, by name as Rasa does."""
