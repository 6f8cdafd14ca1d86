"""Both engines, each with the project loaded once; they keep nothing between stages."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from conformance.engines import Hands, Ours, Theirs
from rasa_sdk.executor import ActionExecutor

from api.catalogue.store.loading import load_catalogue, shipped_catalogue
from bot.dialogue.engine.embedded.registry import executor_of
from nlu.component import SolveFirstNLU

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def catalogue():
    return load_catalogue(shipped_catalogue())


@pytest.fixture(scope="session")
def hands() -> Hands:
    return Hands()


@pytest.fixture(scope="session")
def executor() -> ActionExecutor:
    """The project's actions."""
    return executor_of("actions")


@pytest.fixture(scope="session")
def ours(hands: Hands, executor: ActionExecutor) -> Ours:
    """The embedded engine; what it understands of "yesterday" goes by the hands of the stage."""
    understanding = SolveFirstNLU.load()
    engine = Ours(hands, lambda text: understanding.parse(text, hands.now()))
    engine.open(ROOT, executor)
    return engine


@pytest.fixture(scope="session")
def theirs(
    hands: Hands,
    executor: ActionExecutor,
    rasa_python: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Theirs]:
    """A real Rasa with the same files, one process for all transcripts."""
    engine = Theirs(rasa_python, hands, tmp_path_factory.mktemp("rasa") / "rasa.log")
    try:
        engine.open(ROOT, executor)
        yield engine
    finally:
        engine.close()
