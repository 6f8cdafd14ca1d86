"""A queue of letters for the tests of the lease kit."""

from collections.abc import AsyncIterator

import pytest
from letters import METADATA, Place

from kernel.clock import ManualClock
from kernel.database.database import Database


@pytest.fixture
async def place(empty_database_url: str, clock: ManualClock) -> AsyncIterator[Place]:
    database = Database(empty_database_url)
    await database.run(lambda tx: METADATA.create_all(tx.connection))
    yield Place(database, clock)
    await database.close()
