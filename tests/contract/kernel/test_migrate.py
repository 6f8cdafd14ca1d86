from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

import kernel.database.migrate
import kernel.jobs.fleet_schema
from kernel.database.database import Database
from kernel.database.migrate import NewerDatabase, current, head, pending, upgrade
from kernel.jobs.fleet_schema import ensure_schema
from kernel.jobs.tables import METADATA

OURS = Path(kernel.database.migrate.__file__).parents[1] / "migrations"
TABLE = "alembic_version_test"

Write = Callable[..., None]


@pytest.fixture
def engine(empty_database_url: str) -> Iterator[Engine]:
    engine = Database(empty_database_url).engine
    yield engine
    engine.dispose()


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    folder = tmp_path / "chain"
    (folder / "versions").mkdir(parents=True)
    return folder


@pytest.fixture
def write(chain: Path) -> Write:
    """Adds a revision that runs one statement after another."""

    def write(number: int, *statements: str) -> None:
        before = f'"{number - 1:04}"' if number > 1 else "None"
        body = "\n".join(f"    op.execute({statement!r})" for statement in statements)
        (chain / "versions" / f"{number:04}_step.py").write_text(
            "from alembic import op\n"
            f'revision = "{number:04}"\n'
            f"down_revision = {before}\n"
            f"def upgrade():\n{body}\n"
        )

    return write


def _tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names())


def test_an_empty_database_is_brought_to_the_newest_revision(
    engine: Engine, chain: Path, write: Write
) -> None:
    write(1, "CREATE TABLE a (n INTEGER)")
    write(2, "ALTER TABLE a ADD COLUMN m INTEGER", "CREATE TABLE b (n INTEGER)")
    assert current(engine, TABLE) is None
    assert pending(engine, chain, TABLE) == ["0001", "0002"]
    upgrade(engine, chain, TABLE)
    assert current(engine, TABLE) == head(chain) == "0002"
    assert pending(engine, chain, TABLE) == []
    assert _tables(engine) == {"a", "b", TABLE}


def test_only_what_lacks_is_run(engine: Engine, chain: Path, write: Write) -> None:
    write(1, "CREATE TABLE a (n INTEGER)")
    upgrade(engine, chain, TABLE)
    upgrade(engine, chain, TABLE)
    write(2, "CREATE TABLE b (n INTEGER)")
    assert pending(engine, chain, TABLE) == ["0002"]
    upgrade(engine, chain, TABLE)
    assert current(engine, TABLE) == "0002"


def test_a_revision_that_fails_leaves_the_database_as_it_was(
    engine: Engine, chain: Path, write: Write
) -> None:
    write(1, "CREATE TABLE a (n INTEGER)")
    write(2, "CREATE TABLE b (n INTEGER)", "CREATE TABLE nonsense")
    with pytest.raises(Exception, match=r"nonsense|syntax|incomplete"):
        upgrade(engine, chain, TABLE)
    assert _tables(engine) == set()
    assert current(engine, TABLE) is None


def test_chains_share_a_database_and_do_not_know_each_other(
    engine: Engine, chain: Path, write: Write
) -> None:
    write(1, "CREATE TABLE a (n INTEGER)")
    upgrade(engine, chain, TABLE)
    upgrade(engine, OURS, "alembic_version_kernel")
    assert current(engine, TABLE) == "0001"
    assert current(engine, "alembic_version_kernel") == head(OURS)


def test_processes_that_start_together_do_not_collide(
    engine: Engine, chain: Path, write: Write
) -> None:
    write(1, "CREATE TABLE a (n INTEGER)")
    write(2, "INSERT INTO a VALUES (1)")
    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(upgrade, engine, chain, TABLE) for _ in range(4)]:
            done.result()
    with engine.begin() as connection:
        assert connection.scalar(text("SELECT count(*) FROM a")) == 1


def test_a_database_of_newer_software_is_refused(engine: Engine, chain: Path, write: Write) -> None:
    write(1, "CREATE TABLE a (n INTEGER)")
    write(2, "CREATE TABLE b (n INTEGER)")
    upgrade(engine, chain, TABLE)
    (chain / "versions" / "0002_step.py").unlink()
    with pytest.raises(NewerDatabase, match="0002"):
        upgrade(engine, chain, TABLE)


def test_an_empty_chain_is_no_error(engine: Engine, chain: Path) -> None:
    upgrade(engine, chain, TABLE)
    assert head(chain) is None
    assert _tables(engine) == set()


def test_our_tables_are_what_our_revisions_make(engine: Engine) -> None:
    upgrade(engine, OURS, "alembic_version_kernel")
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": "alembic_version_kernel", "compare_type": True}
        )
        assert compare_metadata(context, METADATA) == []


@pytest.mark.postgres
def test_the_fleets_schema_is_applied_once_and_follows_its_library(
    empty_postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Database(empty_postgres_url).engine
    with ThreadPoolExecutor(3) as threads:
        for done in [threads.submit(ensure_schema, engine) for _ in range(3)]:
            done.result()
    installed = kernel.jobs.fleet_schema._migrations()
    assert len(installed) > 20
    newer = tmp_path / "99.00.00_01_newer.sql"
    newer.write_text("CREATE TABLE newer (n int); INSERT INTO newer VALUES (1);")
    monkeypatch.setattr(
        kernel.jobs.fleet_schema, "_migrations", lambda: [*installed, ("99.00.00_01", newer)]
    )
    ensure_schema(engine)
    ensure_schema(engine)
    with engine.begin() as connection:
        assert connection.scalar(text("SELECT count(*) FROM newer")) == 1
        assert connection.scalar(text("SELECT count(*) FROM procrastinate_jobs")) == 0
    engine.dispose()


def test_there_is_no_fleet_on_sqlite(empty_sqlite_url: str) -> None:
    engine = Database(empty_sqlite_url).engine
    ensure_schema(engine)
    assert _tables(engine) == set()
    engine.dispose()
