"""The picture of the supervisor's loops in `docs/architecture.md` is what processes register."""

import re
from pathlib import Path

import pytest

from kernel.loops import Loop, Steps
from solvefirst import roles
from solvefirst.settings import Settings
from solvefirst.wiring.assembly import assemble

PICTURE = Path(__file__).parents[2] / "docs" / "architecture.md"
PROCESS = re.compile(r'  subgraph (\w+)\["serve --only \1[^"]*"\]\n(.*?)\n  end', re.DOTALL)
LOOP = re.compile(r'    (\w+)\["(\S+) · (at once|[\d.]+ s|always)<br/>[^"]+"\]')
RING = re.compile(r"  bell -\. (\S+) \.-> (\w+)")

Drawn = dict[str, dict[str, tuple[str, str | None]]]
"""The loops of each process: by name, how often they look, and the bell's topic."""


def drawn(text: str) -> Drawn:
    """Read the loops from the picture."""
    rings = {node: topic for topic, node in RING.findall(text)}
    return {
        process: {name: (often, rings.get(node)) for node, name, often in LOOP.findall(inner)}
        for process, inner in PROCESS.findall(text)
    }


def shown(loop: Loop) -> tuple[str, str | None]:
    """Tell how often a loop looks, and the topic that wakes it."""
    steps = loop._body
    if not isinstance(steps, Steps):
        return "always", None
    often = f"{steps.every:g} s" if steps.every else "at once"
    return often, steps.topic if steps.bell is not None else None


def settings(url: str, var: Path, redis: str | None) -> Settings:
    """Give what a city with everything sets."""
    return Settings(
        _env_file=None,
        var=var,
        database_url=url,
        redis_url=redis,
        api_url="http://127.0.0.1:1",
        bot_url="http://127.0.0.1:1",
        service_token="a token that is long enough for every part",
        telegram_token="1:a",
    )


@pytest.mark.postgres
async def test_the_picture_shows_the_loops_of_each_process(
    tmp_path: Path, sqlite_url: str, postgres_database_url: str
):
    fleet, alone = (
        settings(postgres_database_url, tmp_path, "redis://127.0.0.1:1"),
        settings(sqlite_url, tmp_path, None),
    )
    found: Drawn = {part: {} for part in roles.PARTS}
    for configured in (fleet, alone):
        for part in roles.PARTS:
            process = assemble(configured, part)
            loops = process.base.supervisor._loops
            found[part] |= {name: shown(loop) for name, loop in loops.items()}
            await process.base.stores.close()
    whole = assemble(alone)
    names = set(whole.base.supervisor._loops)
    await whole.base.stores.close()

    assert drawn(PICTURE.read_text("utf-8")) == found
    assert len(names) > 10
    assert names <= {name for loops in found.values() for name in loops}
