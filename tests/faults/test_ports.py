"""Ports against doubles: each raises once or for ever, hangs, answers late, or loses its answer.

The loop that uses the port lives: it tells that it fails, and recovers. Its row is worked off once,
neither lost nor stuck, and the citizen is told. The table stands in docs/reports/floor.md; a new
port is one class in `tests/support/ports`.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from citizens import TEXTS
from doubles import Trouble
from ports import cases, citizens, telegram
from ports.citizens import ANSWER
from ports.use import LONG, QUICK, Use
from structlog.testing import capture_logs

from bot.channels.telegram.updates import ATTEMPTS, BACKOFF
from kernel.clock import ManualClock

USES: tuple[type[Use], ...] = (*citizens.USES, *telegram.USES, *cases.USES)
FLOOR = Path(__file__).parents[2] / "docs" / "reports" / "floor.md"
HEAD = f"| port | loop | what waits | {' | '.join(Trouble)} | the citizen is told |"
TRIES = 3
"""Failures in a row before the port is mended."""

RUNS = [
    pytest.param(
        use,
        trouble,
        database,
        id=f"{use.port}-{use.loop}-{trouble}-{database}",
        marks=[pytest.mark.postgres] if database == "postgres_database" else [],
    )
    for use in USES
    for trouble in use.troubles
    for database in ("sqlite", "postgres_database")[: 2 if use.port == "database" else 1]
]


@pytest.fixture
def logs() -> Iterator[list[Any]]:
    """What is logged meanwhile; drawing hundreds of tracebacks takes longer than all else here."""
    with capture_logs() as logs:
        yield logs


@pytest.mark.parametrize(("kind", "trouble", "database"), RUNS)
async def test_a_loop_lives_through_the_trouble_of_a_port_and_its_row_is_worked_off_once(
    kind: type[Use],
    trouble: Trouble,
    database: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    clock: ManualClock,
    ids: Any,
    logs: list[Any],
):
    url = request.getfixturevalue(f"{database}_url")
    async with kind(trouble, clock).opened(url, tmp_path, ids) as use:
        await use.begin()
        use.double.begin(trouble)
        if trouble is Trouble.HANGS:
            use.limit(QUICK)
        use.watched.start()
        if trouble.lasts:  # it goes on failing, and goes on trying
            await use.until(lambda: tried(use, TRIES))
            await use.until(use.shows)
            if use.endures:
                await use.until(use.done)
            else:
                assert not await use.done()
            use.limit(LONG)
            use.double.mend()
        await use.until(use.done)
        await use.until(use.well)
        await use.check()
        assert use.double.met
    if trouble is not Trouble.LATE:
        assert {log["log_level"] for log in logs} & {"warning", "error"}


async def tried(use: Use, times: int) -> bool:
    return use.double.met >= times


async def test_a_message_goes_on_without_a_file_that_never_comes_and_its_citizen_is_told_once(
    sqlite_url: str, tmp_path: Path, clock: ManualClock, ids: Any, logs: list[Any]
):
    lost = TEXTS.words("telegram_file_lost", "zh")

    async def is_told() -> bool:
        return lost in await use.texts()

    async with telegram.Fetched(Trouble.FOR_EVER, clock).opened(sqlite_url, tmp_path, ids) as use:
        await use.begin()
        use.double.begin(Trouble.FOR_EVER)
        use.watched.start()
        for attempt in range(1, ATTEMPTS + 1):
            await use.until(partial(tried, use, attempt))
            assert not await is_told()
            clock.advance(seconds=BACKOFF.longest)
        await use.until(is_told)
        assert (await use.texts()).count(lost) == 1
        assert (await use.texts()).count(ANSWER) == 1
    assert {log["event"] for log in logs} >= {"file_not_fetched", "telegram_album_given_up"}


def test_the_report_of_the_floor_lists_each_use_of_a_port_and_no_other():
    lines = FLOOR.read_text(encoding="utf-8").splitlines()
    head = lines.index(HEAD)
    table = lines[head + 2 : lines.index("", head)]
    assert table == [use.line() for use in USES]
