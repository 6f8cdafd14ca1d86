"""The database that tests borrow one after another is clean for each of them."""

import psycopg
import pytest
from stores import Kept

pytestmark = pytest.mark.postgres


@pytest.fixture
def borrowed(kept_postgres: Kept):
    """Borrow the database, and give it back however the test leaves it."""
    yield kept_postgres
    kept_postgres.lend()
    kept_postgres.take_back()


def oid(connection: psycopg.Connection) -> int:
    found = connection.execute("SELECT oid FROM pg_database WHERE datname = current_database()")
    return found.fetchone()[0]


def test_rows_and_sequences_of_a_test_are_gone_before_the_next_and_the_database_is_kept(borrowed):
    insert = (
        "INSERT INTO job (task, payload, due, attempts)"
        " VALUES ('greet', '{}', now(), 0) RETURNING id"
    )
    with psycopg.connect(borrowed.lend()) as connection:
        before = oid(connection)
        assert connection.execute(insert).fetchone()[0] == 1
    borrowed.take_back()
    with psycopg.connect(borrowed.lend()) as connection:
        assert connection.execute("SELECT count(*) FROM job").fetchone()[0] == 0
        assert connection.execute(insert).fetchone()[0] == 1
        assert connection.execute("SELECT count(*) FROM alembic_version_api").fetchone()[0] == 1
        assert oid(connection) == before


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE left_over (id int)",
        "ALTER TABLE job ADD COLUMN left_over int",
        "ALTER TABLE job DROP COLUMN error",
        "DROP INDEX job_due",
        "ALTER TABLE job ALTER COLUMN error SET DEFAULT 'left over'",
        "ALTER TABLE procrastinate_jobs DISABLE TRIGGER job_fleet_finished",
        "UPDATE alembic_version_api SET version_num = '0001_cases'",
        "CREATE FUNCTION left_over() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ],
)
def test_a_database_whose_schema_a_test_changed_is_not_lent_again(borrowed, change):
    with psycopg.connect(borrowed.lend(), autocommit=True) as connection:
        before = oid(connection)
        connection.execute(change)
    borrowed.take_back()
    with psycopg.connect(borrowed.lend()) as connection:
        assert oid(connection) != before


def test_a_connection_and_a_lock_that_a_test_leaves_open_do_not_hold_up_the_next(borrowed):
    left = psycopg.connect(borrowed.lend())
    left.execute("LOCK TABLE job")
    borrowed.take_back()
    with psycopg.connect(borrowed.lend()) as connection:
        assert connection.execute("SELECT count(*) FROM job").fetchone()[0] == 0
    left.close()
