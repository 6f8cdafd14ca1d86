"""What goes by itself: files that no case took, old codes, the words of ended cases."""

import asyncio
from datetime import timedelta

from api.ports import Files
from api.services.attachments import drop_unbound, strays
from api.services.desk import Desk
from api.services.privacy import finish_erasures
from kernel.database import Database

_STRAY_AFTER = timedelta(hours=1)
"""A file is written before its row: within this time one without a row may still get it."""

_TOGETHER = 500


async def tidy_citizens(database: Database, desk: Desk, files: Files) -> None:
    """Drop what nobody may keep any longer, rows first and then their files.

    A crash in between leaves files without a row, which this finds the next time.
    """
    gone = [
        *await database.run_long(drop_unbound, desk),
        *await database.run_long(finish_erasures, desk),
    ]
    before = desk.clock.now() - _STRAY_AFTER
    old = await asyncio.to_thread(lambda: list(files.names_before(before)))
    for start in range(0, len(old), _TOGETHER):
        gone += await database.read(strays, desk, old[start : start + _TOGETHER])
    for name in gone:
        await asyncio.to_thread(files.delete, name)
