"""Delete expired data in nightly jobs: files without a case, the words of ended cases."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta

from api.ports import Files
from api.privacy.service import erasures_left, finish_erasures
from api.services.attachments.attachments import drop_unbound, strays
from api.services.desk import ServiceDesk
from kernel.database.database import Database
from kernel.jobs.runs import Batch, Run

_STRAY_AFTER = timedelta(hours=1)
"""A file is written before its row: within this time a row may still follow."""

_TOGETHER = 500


def tidying_of_citizens(database: Database, desk: ServiceDesk, files: Files) -> tuple[Batch, ...]:
    """Return the steps of the nightly job that delete rows first and then their files.

    A crash in between leaves files without a row, which the last step finds the next time.
    """

    async def unbound() -> int:
        await _delete(files, await database.run_long(drop_unbound, desk))
        return 0

    async def erasures() -> int:
        return await _erase_some(database, desk, files)

    async def stray() -> int:
        before = desk.clock.now() - _STRAY_AFTER
        old = await asyncio.to_thread(lambda: list(files.names_before(before)))
        for start in range(0, len(old), _TOGETHER):
            gone = await database.read(strays, desk, old[start : start + _TOGETHER])
            await _delete(files, gone)
        return 0

    return unbound, erasures, stray


async def erase_ended(run: Run, database: Database, desk: ServiceDesk, files: Files) -> None:
    """Erase the ended cases that are marked for erasure, some in each transaction."""
    done = 0
    left = await database.read(erasures_left, desk)
    while left:
        await run.step(done, done + left)
        erased = await _erase_some(database, desk, files)
        done += erased
        left = await database.read(erasures_left, desk) if erased else 0


async def _erase_some(database: Database, desk: ServiceDesk, files: Files) -> int:
    erased, gone = await database.run_long(finish_erasures, desk)
    await _delete(files, gone)
    return erased


async def _delete(files: Files, names: Iterable[str]) -> None:
    for name in names:
        await asyncio.to_thread(files.delete, name)
