"""Apply procrastinate's schema once, then migrate it with the installed version."""

import re
from pathlib import Path

from procrastinate.schema import SchemaManager
from sqlalchemy import Connection, Engine, text

_LOCK = 7_303_015
"""Number of the advisory lock for schema changes; arbitrary."""

_NUMBER = re.compile(r"\d\d\.\d\d\.\d\d_\d\d")

_NEXT_OF_LOCK = """
CREATE OR REPLACE FUNCTION job_fleet_next_of_lock() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    next_job procrastinate_jobs;
BEGIN
    SELECT * INTO next_job FROM procrastinate_jobs
        WHERE lock = OLD.lock AND status = 'todo' ORDER BY id LIMIT 1;
    IF FOUND AND (next_job.scheduled_at IS NULL OR next_job.scheduled_at <= now()) THEN
        PERFORM pg_notify(
            'procrastinate_queue_v1#' || next_job.queue_name,
            json_build_object('type', 'job_inserted', 'job_id', next_job.id)::text
        );
    END IF;
    RETURN NULL;
END;
$$;
CREATE OR REPLACE TRIGGER job_fleet_finished AFTER UPDATE OF status ON procrastinate_jobs
    FOR EACH ROW WHEN (OLD.lock IS NOT NULL AND OLD.status = 'doing' AND NEW.status <> 'doing')
    EXECUTE FUNCTION job_fleet_next_of_lock();
CREATE OR REPLACE TRIGGER job_fleet_removed AFTER DELETE ON procrastinate_jobs
    FOR EACH ROW WHEN (OLD.lock IS NOT NULL AND OLD.status = 'doing')
    EXECUTE FUNCTION job_fleet_next_of_lock();
"""
"""Notifies workers of the job behind a finished one; otherwise only polling would find it."""


def ensure_schema(engine: Engine) -> None:
    """Apply procrastinate's schema, or its migrations that the database lacks.

    procrastinate numbers its migrations by version and does not record which were applied. The
    table `job_fleet_schema` records it. Does nothing on SQLite.
    """
    if engine.dialect.name != "postgresql":
        return
    migrations = _migrations()
    newest = migrations[-1][0]
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        connection.execute(
            text("CREATE TABLE IF NOT EXISTS job_fleet_schema (version text PRIMARY KEY)")
        )
        applied = connection.scalar(text("SELECT max(version) FROM job_fleet_schema"))
        if applied == newest:
            return
        if applied is None:
            _run(connection, SchemaManager.get_schema())
        else:
            for number, path in migrations:
                if number > applied:
                    _run(connection, path.read_text(encoding="utf-8"))
        _run(connection, _NEXT_OF_LOCK)
        connection.execute(
            text("INSERT INTO job_fleet_schema (version) VALUES (:version)"), {"version": newest}
        )


def _migrations() -> list[tuple[str, Path]]:
    """Return procrastinate's migrations by number, such as `03.04.00_50`, oldest first."""
    found = []
    for path in Path(SchemaManager.get_migrations_path()).glob("*.sql"):
        number = _NUMBER.match(path.name)
        if number is None:
            raise RuntimeError(f"procrastinate's migration {path.name} has no number")
        found.append((number.group(), path))
    return sorted(found)


def _run(connection: Connection, script: str) -> None:
    # Use the driver directly and without parameters: only then it accepts several statements.
    driver = connection.connection.driver_connection
    if driver is None:
        raise RuntimeError("the connection is closed")
    driver.execute(script)
