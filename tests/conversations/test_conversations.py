"""Every transcript, held with the project's files, the trained model and a real case service.

First on the embedded engine, then on a real Rasa 3.6.21, which must come to the same turn by turn.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from itertools import zip_longest
from pathlib import Path

import pytest
from conformance.engines import Engine, Hands, Ours, Theirs
from conformance.turned import Turned, difference
from stage import Stage, hold, staged
from transcripts import Transcript, load

from api.catalogue.rules.catalogue import Catalogue

TRANSCRIPTS = list(load(Path(__file__).parent))
EACH = pytest.mark.parametrize(
    "transcript", TRANSCRIPTS, ids=[f"{item.file}: {item.name}" for item in TRANSCRIPTS]
)
Set = Callable[[Engine], AbstractAsyncContextManager[Stage]]


@pytest.fixture
def stage(hands: Hands, catalogue: Catalogue, migrated_file: Path, tmp_path: Path) -> Set:
    """Sets a stage for one of the engines."""

    def _set(engine: Engine) -> AbstractAsyncContextManager[Stage]:
        file = tmp_path / f"{type(engine).__name__}.db"
        return staged(engine, hands, catalogue, migrated_file, file)

    return _set


@pytest.fixture(scope="module")
def held() -> dict[str, list[Turned]]:
    """The turns of each transcript that the embedded engine has held, by its name."""
    return {}


@EACH
async def test_the_transcript_is_held_as_written(
    stage: Set, ours: Ours, transcript: Transcript, held: dict[str, list[Turned]]
) -> None:
    async with stage(ours) as embedded:
        protocol = await hold(embedded, transcript)
    held[transcript.name] = embedded.turns
    print("\n".join(protocol))  # noqa: T201 - captured, shown with `-rP`: the conversation as it went


@EACH
async def test_a_real_rasa_holds_the_transcript_alike(
    stage: Set,
    ours: Ours,
    theirs: Theirs,
    transcript: Transcript,
    held: dict[str, list[Turned]],
) -> None:
    async with stage(theirs) as real:
        await hold(real, transcript)
    if transcript.name not in held:  # the test above was not asked for, or has failed
        async with stage(ours) as embedded:
            await hold(embedded, transcript)
        held[transcript.name] = embedded.turns
    turns = zip_longest(held[transcript.name], real.turns)
    for number, (mine, its) in enumerate(turns, start=1):
        differs = difference(mine or Turned(), its or Turned())
        said = next((event for event in its.events if event.startswith("user ")), "")
        assert not differs, "\n".join([f"turn {number}: {said} (- Rasa, + embedded)", *differs])


def test_the_transcripts_are_many_and_named_apart() -> None:
    names = [transcript.name for transcript in TRANSCRIPTS]
    assert len(names) >= 36
    assert len(set(names)) == len(names)
