"""Draws the table of moves into `docs/lifecycle.md`: what is printed is what the service does."""

from collections.abc import Iterator
from pathlib import Path

from api.console.texts import Texts
from api.domain.lifecycle import ENDS, TABLE, Heard, State, Transition

PAGE = Path("docs/lifecycle.md")

_HEAD = """# The life cycle of a case

Printed from the table in [`api/domain/lifecycle/table.py`](../api/domain/lifecycle/table.py) by
`solvefirst lifecycle`. What it means for a unit's clerk is told in
[life-of-a-case.md](life-of-a-case.md).

## From state to state

Moves that leave a case where it stands are in the table below. *back*: to where it stood before.

"""
_TABLE = """
## All moves

| move | from | to | who | must come with | event | the citizen |
|---|---|---|---|---|---|---|
"""
_HEARD = {Heard.TOLD: "is told", Heard.OWN: "is told, if it was not theirs", Heard.NOTHING: "–"}


def page() -> str:
    """Write the whole page."""
    words = Texts.load()
    return _HEAD + "".join(_diagram(words)) + _TABLE + "".join(_rows(words))


def _diagram(words: Texts) -> Iterator[str]:
    def named(key: str) -> str:
        return words.words(key, "zh")

    yield "```mermaid\nstateDiagram-v2\n"
    for state in State:
        yield f'    state "{named(f"state_{state}")} {state}" as {state}\n'
    arrows: dict[tuple[str, str], list[str]] = {}
    for move, row in TABLE.items():
        name = named(f"move_{move}")
        if not row.sources:
            arrows.setdefault(("[*]", str(row.target)), []).append(name)
        for source in State:
            if source in row.sources and (row.target is not None or row.back):
                for target in _targets(row):
                    arrows.setdefault((source, target), []).append(name)
    for (start, end), names in arrows.items():
        yield f"    {start} --> {end}: {' / '.join(names)}\n"
    for state in State:
        if state in ENDS:
            yield f"    {state} --> [*]\n"
    yield "```\n"


def _targets(row: Transition) -> list[str]:
    if row.target is not None:
        return [row.target]
    # Back to where it came from: every state from which the side state is entered.
    return [
        state
        for state in State
        if any(state in other.sources and other.target in row.sources for other in TABLE.values())
    ]


def _rows(words: Texts) -> Iterator[str]:
    for move, row in TABLE.items():
        cells = (
            f"{words.words(f'move_{move}', 'zh')} `{move}`",
            _sources(row),
            row.target or ("back" if row.back else "stays"),
            _who(row),
            ", ".join(sorted(row.needs)) or "–",
            f"`{row.event}`" if row.event else "–",
            _HEARD[row.heard],
        )
        yield f"| {' | '.join(cells)} |\n"


def _sources(row: Transition) -> str:
    return ", ".join(state for state in State if state in row.sources) or "–"


def _who(row: Transition) -> str:
    roles = sorted(row.roles)
    return ", ".join(f"{role} ({row.part})" if role == "unit" else role for role in roles)
