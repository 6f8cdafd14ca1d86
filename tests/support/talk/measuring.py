"""One sort of the material of one part, measured."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TypeVar

from rich.console import Console
from rich.progress import track

from talk import answers, messages, showing
from talk.material import conversations
from talk.personas import citizens
from talk.rates import Rate
from talk.running import Work, held, spread

WHAT = ("conversations", "answers", "dangers", "near_misses", "ordinary", "frames")
"""The sorts of material, as the folders are called."""
COUNT = 2000
"""Generated citizens in a report."""

T, R = TypeVar("T"), TypeVar("R")


@dataclass
class Measured:
    """Rates by name; `wrong` shows each single result that is wrong."""

    rates: dict[str, Rate]
    wrong: Iterable[str] = ()
    conversations: list[showing.Done] = field(default_factory=list)


def measure(
    what: str,
    part: str,
    console: Console,
    *,
    only: str | None = None,
    count: int = COUNT,
    engine: str = "embedded",
    jobs: int = 2,
) -> Measured:
    """Play one sort of material of one part and judge it."""

    def done(work: Work[T, R], items: Sequence[T]) -> list[R]:
        if not items:
            return []
        playing = spread(work, items, engine=engine, jobs=jobs)
        return list(track(playing, f"{what}, {part}", total=len(items), console=console))

    if what in ("conversations", "citizens"):
        played = citizens(count) if what == "citizens" else conversations(part, only)
        found = sorted(done(held, played), key=lambda item: item[0].id)
        wrong = (showing.in_full(*item) for item in found if not item[2].faultless)
        return Measured(showing.rates([item[2] for item in found]), wrong, found)
    if what == "answers":
        replies = done(answers.answered, messages.read(what, part))
        wrong = (_line(*reply) for reply in replies if not reply[1].get("value", False))
        return Measured(answers.rates(replies), wrong)
    batches = messages.batches(messages.read(what, part))
    single = list(chain.from_iterable(done(messages.outcomes_of, batches)))
    good = what in ("dangers", "frames")
    wrong = (_line(*item) for item in single if any(is_ is not good for is_ in item[1].values()))
    return Measured(messages.rates(what, part, single), wrong)


def _line(message: messages.Message, outcome: messages.Outcome) -> str:
    return json.dumps({**message, **outcome}, ensure_ascii=False) + "\n"
