"""Being the only process on a SQLite file: it has one writer, so a second is refused at start."""

from pathlib import Path
from typing import IO

try:
    import fcntl
except ImportError:  # Windows, which has no such lock; there the second process is not noticed
    fcntl = None  # type: ignore[assignment]


class NotAlone(RuntimeError):  # noqa: N818 - a state of the world
    """Another process of the citizen's side works on the same SQLite file."""


class ProcessLock:
    """A lock beside the database file, let go of by the system when the process dies.

    Whoever holds it knows that every lease in the tables belongs to a process that is dead.
    """

    def __init__(self, database: Path) -> None:
        self._database = database
        self._path = database.with_name(f"{database.name}.bot-lock")
        self._file: IO[bytes] | None = None

    def take(self) -> None:
        """Take the lock; nothing happens when it is held here.

        Raises:
            NotAlone: another process holds it.
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
        """Let go of the lock."""
        if self._file is not None:
            self._file.close()
            self._file = None
