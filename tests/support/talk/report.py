"""`make talk-report`: both parts of the material beside each other."""

from collections.abc import Mapping
from pathlib import Path
from statistics import median

from rich.console import Console

from bench.figures import table
from bench.machine import describe
from talk.material import PARTS
from talk.measuring import COUNT, WHAT, measure
from talk.rates import Rate

_TITLES = {
    "conversations": "Conversations",
    "answers": "Natural answers, by type of question",
    "dangers": "Dangers as a first message",
    "near_misses": "Near misses as a first message",
    "ordinary": "Ordinary messages as a first message",
    "frames": "Requests in frames",
}

_MEANING = {
    "conversations": (
        "`faultless`: every other mark of a conversation is right. The other rows count marks: one"
        " for each case's kind and category, each detail, each alarm, each word that must be said."
        " Where a case had to be filed and was not, its kind, category and details are wrong."
    ),
    "answers": (
        "`taken`: the question is not put again and there is a value, or none where none was given."
        " `value`: it is also the one that was meant; any value of a time or a story"
        " counts. An answer to `name` is not measured: the agent does not ask for a name alone."
    ),
    "dangers": (
        "`alarm`: the alarm is raised; `numbers`: each number to call is told; `first`: nothing"
        " stands before it and no detail is asked in that turn."
    ),
    "near_misses": "`alarm`: the alarm is raised, which is wrong for each of them.",
    "ordinary": (
        "`alarm`: the alarm is raised, which is wrong for each of them. Combined messages are"
        " alike, so their rate counts for little."
    ),
    "frames": (
        "`request`: a form is opened or the question is answered; `kind`, `category`: as given;"
        " `both`: both of them. Framed requests belong to the held-out part."
    ),
    "citizens": (
        "Their model is in docs/adr/0019-generated-citizens.md; the sentences are few and alike, so"
        " the figures tell of order, corrections and patience and not of understanding."
    ),
}

_FALSE = frozenset({"near_misses", "ordinary"})


def write(file: Path, console: Console, *, count: int = COUNT, jobs: int = 2) -> None:
    """Measure all; each chapter is written as soon as it is there."""
    parts = [_head()]
    for what in WHAT:
        found = {part: measure(what, part, console, jobs=jobs).rates for part in PARTS}
        parts.append(_chapter(what, found))
        file.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    made = measure("citizens", "seed", console, count=count, jobs=jobs)
    turns = [judgement.turns for _, _, judgement in made.conversations]
    middle = f"The middle citizen takes {median(turns):.0f} turns. {_MEANING['citizens']}"
    rows = [[name, _cell("citizens", rate)] for name, rate in made.rates.items()]
    parts.append(f"## Generated citizens\n\n{middle}\n\n{table(['', 'generated'], rows)}")
    file.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def _head() -> str:
    return f"""# Talking with strangers

The material of tests/strangers, played through the product in one process: bot, embedded engine and
case service on SQLite. Judged by rules alone (`tests/support/talk/judging.py`); words are judged by
nobody yet, but for those that must or must not be said, and no reader has checked a mark, so
`faultless` may move either way. Each rate stands with its Wilson interval at 95 %.
Nothing is tuned on the held-out part.

Made by `make talk-report`; one sort: `PYTHONPATH=tests/support python -m talk --what answers`.

{describe("solvefirst", "rasa-sdk")}
- engine: embedded"""


def _chapter(what: str, found: Mapping[str, Mapping[str, Rate]]) -> str:
    names = list(dict.fromkeys(name for rates in found.values() for name in rates))
    rows = [[name, *(_cell(what, found[part].get(name)) for part in found)] for name in names]
    return f"## {_TITLES[what]}\n\n{_MEANING[what]}\n\n{table(['', *found], rows)}"


def _cell(what: str, rate: Rate | None) -> str:
    if rate is None:
        return ""
    low, high = rate.interval
    if what in _FALSE:
        each = f"{1000 * rate.share:.1f} in 1,000 ({1000 * low:.1f}–{1000 * high:.1f})"
        return f"{rate.right:,} of {rate.all:,}, {each}"
    return f"{rate.share:.3f} ({low:.3f}–{high:.3f}), {rate.right:,} of {rate.all:,}"
