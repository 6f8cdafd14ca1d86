"""Play many conversations beside each other: each process loads the engine and the model once."""

import asyncio
import logging
import multiprocessing
import os
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import stores
from conformance.engines import Engine, Hands, Ours, Theirs
from rich.console import Console

from api.catalogue.rules.catalogue import Catalogue
from api.catalogue.store.loading import load_catalogue, shipped_catalogue
from bot.dialogue.engine.embedded.registry import executor_of
from kernel.logging import configure
from nlu.component import SolveFirstNLU
from solvefirst.rasa import environment
from talk.judging import Judgement, judge
from talk.material import ROOT, Conversation
from talk.playing import Played, play
from talk.world import world


@dataclass
class Studio:
    """What conversations share: an engine with its model, the catalogue, an empty store."""

    engine: Engine
    hands: Hands
    catalogue: Catalogue
    empty: Path
    folder: Path

    async def hold(self, conversation: Conversation) -> Played:
        """Play one conversation in a world of its own."""
        file = self.folder / f"{os.getpid()}.db"
        async with world(self.engine, self.hands, self.catalogue, self.empty, file) as made:
            return await play(conversation, made)


def studio(engine: str, folder: Path, empty: Path) -> Studio:
    """Load one of the engines, `embedded` or `rasa`, with the project and its model."""
    hands = Hands()
    executor = executor_of("actions")
    made: Engine
    if engine == "rasa":
        python = environment.prepare(Console(stderr=True))
        made = Theirs(python, hands, folder / f"rasa-{os.getpid()}.log")
    else:
        understanding = SolveFirstNLU.load()
        made = Ours(hands, lambda text: understanding.parse(text, hands.now()))
    made.open(ROOT, executor)
    return Studio(made, hands, load_catalogue(shipped_catalogue()), empty, folder)


_studio: Studio | None = None


def _begin(engine: str, folder: str, empty: str) -> None:
    global _studio  # noqa: PLW0603 - one for the process
    configure("CRITICAL", json=False)
    logging.disable(logging.CRITICAL)
    _studio = studio(engine, Path(folder), Path(empty))


def _hold(conversation: Conversation) -> tuple[Conversation, Played, Judgement]:
    assert _studio is not None
    played = asyncio.run(_studio.hold(conversation))
    return conversation, played, judge(conversation, played)


def held(
    conversations: Sequence[Conversation], *, engine: str = "embedded", jobs: int = 2
) -> Iterator[tuple[Conversation, Played, Judgement]]:
    """Play and judge conversations; each is given as it is done."""
    with tempfile.TemporaryDirectory(prefix="talk-") as folder:
        empty = stores.migrated_file(Path(folder))
        with ProcessPoolExecutor(
            max_workers=min(jobs, max(len(conversations), 1)),
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_begin,
            initargs=(engine, folder, str(empty)),
        ) as pool:
            for done in as_completed([pool.submit(_hold, one) for one in conversations]):
                yield done.result()
