"""The tables that migrations make are the tables that the code knows."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

import api.people.tables  # noqa: F401 - its tables join the others
from api.metadata import metadata
from api.migrations import MIGRATIONS, VERSION_TABLE
from kernel.database.database import Database
from kernel.database.migrate import current, head, upgrade


async def test_a_migrated_database_has_exactly_the_tables_of_the_code(empty_database_url):
    database = Database(empty_database_url)
    upgrade(database.engine, MIGRATIONS, VERSION_TABLE)
    upgrade(database.engine, MIGRATIONS, VERSION_TABLE)
    assert current(database.engine, VERSION_TABLE) == head(MIGRATIONS) is not None
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "version_table": VERSION_TABLE,
                "compare_type": True,
                "include_name": lambda name, kind, _parents: (
                    kind != "table" or not str(name).startswith("alembic_version")
                ),
            },
        )
        assert compare_metadata(context, metadata) == []
    assert len(metadata.tables) >= 13
    await database.close()
