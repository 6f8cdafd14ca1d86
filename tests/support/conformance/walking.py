"""Takes dialogues through both engines and stops where they part."""

import asyncio
import json
import logging
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from bot.dialogue.engine.embedded.rules.rulecheck import TIED
from conformance import deeds
from conformance.engines import Ours, Refused, Theirs
from conformance.projects import Project, Walk, projects
from conformance.projects import walks as walks_in
from conformance.turned import difference, parted_on_purpose
from conformance.understanding import Spoken
from kernel.clock import ManualClock

EACH = 6
"""Dialogues in one project: training one costs Rasa as much as some twenty messages."""


class Parted(AssertionError):  # noqa: N818 - what happened
    """The engines differ; the text is the difference and the script that shows it."""


@dataclass
class Tally:
    """What was walked.

    `refused` projects were refused by both engines, `refused_here` by the embedded one alone; `cut`
    tells why dialogues ended early. `found` is the last difference, `met` all that occurred, in
    files, messages and events.
    """

    projects: int = 0
    refused: int = 0
    refused_here: int = 0
    walks: int = 0
    turns: int = 0
    cut: Counter[str] = field(default_factory=Counter)
    found: str | None = None
    met: set[str] = field(default_factory=set)

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            projects=self.projects + other.projects,
            refused=self.refused + other.refused,
            refused_here=self.refused_here + other.refused_here,
            walks=self.walks + other.walks,
            turns=self.turns + other.turns,
            cut=self.cut + other.cut,
            found=self.found or other.found,
            met=self.met | other.met,
        )

    @property
    def whole(self) -> int:
        """How many dialogues were compared to their end."""
        return self.walks - self.cut.total()


class Walker:
    """Both engines and one clock. Conversations never meet: each has its own name."""

    def __init__(self, theirs: Theirs, clock: ManualClock, tally: Tally) -> None:
        self._ours = Ours(clock, Spoken().parse)
        self._theirs = theirs
        self._clock = clock
        self._executor = deeds.executor()
        self._sender = 0
        self.tally = tally

    def open(self, project: Project) -> bool:
        """Load a project into both; whether there is anything to walk in."""
        with tempfile.TemporaryDirectory(prefix="walk-") as folder:
            root = Path(folder)
            project.write(root)
            refusals: dict[str, str] = {}
            for name, engine in (("Rasa", self._theirs), ("the embedded engine", self._ours)):
                try:
                    engine.open(root, self._executor)
                except Refused as refusal:
                    refusals[name] = str(refusal)
        self.tally.projects += 1
        if not refusals:
            self.tally.met.add(project.script([]))
            return True
        if list(refusals) == ["Rasa"]:
            raise Parted("\n".join([f"only Rasa refuses: {refusals['Rasa']}", project.script([])]))
        if len(refusals) == 1:
            self.tally.refused_here += 1
            # Refusing more than Rasa does is the house's rule; a contradiction must be one in both,
            # unless Rasa itself finds it or not by the chance of a process's hashes.
            refusal = refusals["the embedded engine"]
            if "contradict" in refusal and TIED not in refusal:
                raise Parted(
                    "\n".join(
                        [
                            f"only the embedded engine refuses: {refusal}",
                            project.script([]),
                        ]
                    )
                )
        else:
            self.tally.refused += 1
        return False

    async def walk(self, project: Project, walk: Walk) -> None:
        """Take one dialogue through both; raises `Parted`."""
        self._sender += 1
        sender = f"citizen-{self._sender}"
        self._clock.advance(days=1)
        self.tally.walks += 1
        heard: list[str] = []
        for step in walk:
            heard.append(json.dumps(step, ensure_ascii=False))
            if "wait" in step:
                self._clock.advance(minutes=step["wait"])
                continue
            self._clock.advance(seconds=1)
            ours = await self._ours.say(sender, step["user"])
            theirs = await self._theirs.say(sender, step["user"])
            self.tally.turns += 1
            if reason := parted_on_purpose(ours, theirs):
                self.tally.cut[reason] += 1
                return
            if differs := difference(ours, theirs):
                lines = [*heard, "  - Rasa, + embedded", *(f"  {line}" for line in differs)]
                raise Parted("\n".join([*lines, "", project.script(walk)]))
            self.tally.met.update(ours.events)
        self.tally.met.update(heard)


def explored(
    rasa_python: Path,
    *,
    walks: int,
    seed_: int,
    tick: Callable[[Tally], None] = lambda _: None,
) -> Tally:
    """Start a Rasa and take random dialogues through both engines; what is found is in the tally.

    `tick` is told after each dialogue.
    """
    clock, tally = ManualClock(), Tally()
    # Actions fail on purpose, thousands of times.
    logging.disable(logging.CRITICAL)
    log = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
        theirs = Theirs(rasa_python, clock, Path(folder) / "rasa.log")
        try:
            walker = Walker(theirs, clock, tally)
            explore(walker, walks=walks, seed_=seed_, tick=lambda: tick(tally))
        except Parted as parted:
            tally.found = str(parted)
        finally:
            structlog.configure(**log)
            logging.disable(logging.NOTSET)
            theirs.close()
    return tally


def explore(
    walker: Walker,
    *,
    walks: int,
    seed_: int,
    shrink: bool = True,
    tick: Callable[[], None] = lambda: None,
) -> None:
    """Take random dialogues through both engines, a few in each random project, until at least
    `walks` have come to their end.

    The same seed gives the same dialogues. Where the engines part hypothesis looks for the smallest
    project and dialogue that show it, unless it is not to `shrink`.

    Raises:
        Parted: the engines differ.
    """
    while walker.tally.whole < walks:
        _wander(walker, seed_, shrink=shrink, tick=tick)
        seed_ += 1


def _wander(walker: Walker, seed_: int, *, shrink: bool, tick: Callable[[], None]) -> None:
    """Some twenty projects."""

    @seed(seed_)
    @settings(
        max_examples=20,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def wander(data: st.DataObject) -> None:
        project = data.draw(projects())
        try:
            if not walker.open(project):
                return
            for walk in data.draw(st.lists(walks_in(project), min_size=EACH, max_size=EACH)):
                asyncio.run(walker.walk(project, walk))
                tick()
        except Parted as parted:
            walker.tally.found = str(parted)
            raise

    wander()
