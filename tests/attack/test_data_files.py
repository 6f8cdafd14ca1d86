"""Data on the disk: nobody else may open it, and what was erased cannot be read there."""

import asyncio
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from gates import Gate
from sqlalchemy import event, text

from kernel import private
from kernel.database.database import Database, Transaction
from solvefirst.settings import Settings
from solvefirst.stores import Stores

MARK = "the words that were erased"


@pytest.fixture
def lax():
    """The umask that most systems give to a service."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def open_to_others(folder: Path) -> list[str]:
    return [
        f"{path.relative_to(folder)} {stat.S_IMODE(path.stat().st_mode):o}"
        for path in [folder, *folder.rglob("*")]
        if path.stat().st_mode & 0o077
    ]


@pytest.mark.usefixtures("lax")
async def test_nobody_else_may_open_the_database_nor_what_lies_beside_it(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'var' / 'solvefirst.db'}")
    await database.run(lambda tx: tx.execute(text("CREATE TABLE said (words TEXT)")))
    assert await database.read(lambda tx: tx.scalar(text("SELECT count(*) FROM said"))) == 0
    names = {path.name for path in (tmp_path / "var").iterdir()}
    assert names == {"solvefirst.db", "solvefirst.db-wal", "solvefirst.db-shm"}
    assert open_to_others(tmp_path / "var") == []
    await database.close()


@pytest.mark.usefixtures("lax")
async def test_a_data_folder_of_an_older_start_is_made_private(tmp_path):
    var = tmp_path / "var"
    (var / "files" / "ab").mkdir(parents=True)
    for name in ("files/ab/photo", "solvefirst.db", "service_token"):
        (var / name).write_bytes(b"")
    outside = tmp_path / "outside"
    outside.write_bytes(b"")
    (var / "link").symlink_to(outside)
    assert len(open_to_others(var)) == 7
    stores = Stores.open(Settings(var=var, _env_file=None))
    await stores.close()
    (var / "link").unlink()
    assert open_to_others(var) == []
    assert stat.S_IMODE(outside.stat().st_mode) == 0o644


@pytest.mark.usefixtures("lax")
def test_what_a_command_makes_is_private(tmp_path):
    """As a process of its own, so that its umask is its own."""
    var = tmp_path / "var"
    done = subprocess.run(
        [sys.executable, "-m", "solvefirst", "db", "upgrade"],
        env={**os.environ, "SOLVEFIRST_VAR": str(var)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (var / "solvefirst.db").exists()
    assert open_to_others(var) == []


def test_the_umask_of_a_command_is_077():
    before = os.umask(0o022)
    try:
        private.new_files()
        assert os.umask(before) == 0o077
    finally:
        os.umask(before)


def _say(tx: Transaction) -> None:
    tx.execute(text("CREATE TABLE said (number INTEGER PRIMARY KEY, words TEXT)"))
    tx.execute(
        text("INSERT INTO said VALUES (:n, :w)"), [{"n": n, "w": MARK * 200} for n in range(20)]
    )


def _erase(tx: Transaction) -> None:
    tx.execute(text("UPDATE said SET words = NULL WHERE number < 10"))
    tx.execute(text("DELETE FROM said WHERE number >= 10"))
    tx.empty_log()


def marks_on_disk(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if MARK.encode() in path.read_bytes()]


async def test_what_was_erased_is_neither_in_the_file_nor_in_the_log(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'solvefirst.db'}")
    await database.run(_say)
    assert marks_on_disk(tmp_path)
    await database.run(_erase)
    assert marks_on_disk(tmp_path) == []
    await database.close()


async def test_a_reader_of_older_rows_only_puts_the_emptying_of_the_log_off(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'solvefirst.db'}")
    await database.run(_say)
    gate = Gate()

    def look(tx: Transaction) -> int:
        seen: int = tx.scalar(text("SELECT count(*) FROM said"))
        gate.hold()
        return seen

    reading = asyncio.ensure_future(database.read(look))
    await gate.reached()
    await database.run(_erase)
    assert marks_on_disk(tmp_path)
    gate.open()
    assert await reading == 20
    await database.run(lambda tx: tx.execute(text("SELECT 1")).scalar())
    assert marks_on_disk(tmp_path) == []
    await database.close()


async def test_deleted_rows_are_overwritten_whatever_the_library_does_by_itself(sqlite_url):
    database = Database(sqlite_url)
    event.listen(
        database.engine,
        "connect",
        lambda connection, _: connection.execute("PRAGMA secure_delete=OFF"),
        insert=True,
    )
    assert await database.run(lambda tx: tx.scalar(text("PRAGMA secure_delete"))) == 1
    await database.close()
