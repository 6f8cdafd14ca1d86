"""Lock a SQLite file for one process: it has one writer, so a second process is refused."""

from pathlib import Path
from typing import IO

try:
    import fcntl
except ImportError:  # Windows has no such lock: a second process is not noticed there
    fcntl = None  # type: ignore[assignment]


class NotAlone(RuntimeError):  # noqa: N818 - a state of the world
    """Another process of the citizen's side uses the same SQLite file."""


class ProcessLock:
    """Lock file beside the database, which the system releases when the process dies.

    Its holder knows that all leases in the tables belong to dead processes.
    """

    def __init__(self, database: Path) -> None:
        self._database = database
        self._path = database.with_name(f"{database.name}.bot-lock")
        self._file: IO[bytes] | None = None

    def take(self) -> None:
        """Take the lock, unless this process has it already.

        Raises:
            NotAlone: another process has it.
        """
        if self._file is not None:
            return
        file = self._path.open("ab")
        try:
            if fcntl is not None:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            raise NotAlone(
                f"Another process serves the citizen's side on {self._database}: SQLite takes one."
                " Stop the other one, or set SOLVEFIRST_DATABASE_URL to a PostgreSQL database."
            ) from None
        self._file = file

    def free(self) -> None:
        """Release the lock."""
        if self._file is not None:
            self._file.close()
            self._file = None
