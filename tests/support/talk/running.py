"""Play many conversations beside each other: each process loads the engine and the model once."""

import asyncio
import logging
import multiprocessing
import os
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, TypeVar

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
from talk.world import World, world


@dataclass
class Studio:
    """What conversations share: an engine with its model, the catalogue, an empty store."""

    engine: Engine
    hands: Hands
    catalogue: Catalogue
    empty: Path
    folder: Path

    def world(self) -> AbstractAsyncContextManager[World]:
        """Make a world of its own."""
        file = self.folder / f"{os.getpid()}.db"
        return world(self.engine, self.hands, self.catalogue, self.empty, file)

    async def hold(self, conversation: Conversation) -> Played:
        """Play one conversation in a world of its own."""
        async with self.world() as made:
            return await play(conversation, made)


T, R = TypeVar("T"), TypeVar("R")
Work: TypeAlias = Callable[[Studio, T], Awaitable[R]]
"""What a process does with each item; a function of a module, as it is pickled."""


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


def _do(work: Work[T, R], one: T) -> R:
    assert _studio is not None
    return asyncio.run(work(_studio, one))


def spread(
    work: Work[T, R], items: Sequence[T], *, engine: str = "embedded", jobs: int = 2
) -> Iterator[R]:
    """Do `work` for each of `items` in some processes; each result is given as it is there."""
    with tempfile.TemporaryDirectory(prefix="talk-") as folder:
        empty = stores.migrated_file(Path(folder))
        with ProcessPoolExecutor(
            max_workers=min(jobs, max(len(items), 1)),
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_begin,
            initargs=(engine, folder, str(empty)),
        ) as pool:
            for done in as_completed([pool.submit(_do, work, item) for item in items]):
                yield done.result()


async def held(
    studio: Studio, conversation: Conversation
) -> tuple[Conversation, Played, Judgement]:
    """Play and judge a conversation."""
    played = await studio.hold(conversation)
    return conversation, played, judge(conversation, played)
