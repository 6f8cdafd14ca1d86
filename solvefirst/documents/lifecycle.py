"""Write the service's own table of moves into `docs/lifecycle.md`."""

from collections.abc import Iterator
from pathlib import Path

from api.console.texts import ConsoleTexts
from api.domain.lifecycle import ENDS, TABLE, CaseState, CitizenNotice, Transition

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
_HEARD = {
    CitizenNotice.TOLD: "is told",
    CitizenNotice.OWN: "is told, if it was not theirs",
    CitizenNotice.NOTHING: "–",
}


def page() -> str:
    """Write the whole page."""
    words = ConsoleTexts.load()
    return _HEAD + "".join(_diagram(words)) + _TABLE + "".join(_rows(words))


def _diagram(words: ConsoleTexts) -> Iterator[str]:
    def named(key: str) -> str:
        return words.words(key, "zh")

    yield "```mermaid\nstateDiagram-v2\n"
    for state in CaseState:
        yield f'    state "{named(f"state_{state}")} {state}" as {state}\n'
    arrows: dict[tuple[str, str], list[str]] = {}
    for move, row in TABLE.items():
        name = named(f"move_{move}")
        if not row.sources:
            arrows.setdefault(("[*]", str(row.target)), []).append(name)
        for source in CaseState:
            if source in row.sources and (row.target is not None or row.back):
                for target in _targets(row):
                    arrows.setdefault((source, target), []).append(name)
    for (start, end), names in arrows.items():
        yield f"    {start} --> {end}: {' / '.join(names)}\n"
    for state in CaseState:
        if state in ENDS:
            yield f"    {state} --> [*]\n"
    yield "```\n"


def _targets(row: Transition) -> list[str]:
    if row.target is not None:
        return [row.target]
    # Back to the previous state: every state from which the side state is entered.
    return [
        state
        for state in CaseState
        if any(state in other.sources and other.target in row.sources for other in TABLE.values())
    ]


def _rows(words: ConsoleTexts) -> Iterator[str]:
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
    return ", ".join(state for state in CaseState if state in row.sources) or "–"


def _who(row: Transition) -> str:
    roles = sorted(row.roles)
    return ", ".join(f"{role} ({row.part})" if role == "unit" else role for role in roles)
