"""A running case service on each database."""

from collections.abc import AsyncIterator

import pytest
from case_service import CaseService, case_service


@pytest.fixture
async def on_sqlite(sqlite_url, clock) -> AsyncIterator[CaseService]:
    """For what never reaches the database, or the same on each."""
    async with case_service(sqlite_url, clock) as running:
        yield running


@pytest.fixture
async def service(database_url, clock) -> AsyncIterator[CaseService]:
    async with case_service(database_url, clock) as running:
        yield running
