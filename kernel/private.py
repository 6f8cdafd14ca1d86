"""Set access rights of data files: only the user that runs the product may open them."""

import os
import stat
from contextlib import suppress
from pathlib import Path

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def new_files() -> None:
    """Set the umask of this process to 077. Commands call it before they create files."""
    os.umask(_OTHERS)


def mend(folder: Path) -> int:
    """Make a data folder and its contents private.

    Returns how many files and folders were open to other users. Files of another user are not
    changed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    inside = [
        Path(at, name) for at, folders, files in os.walk(folder) for name in (*folders, *files)
    ]
    return sum(_close(path) for path in (folder, *inside))


def touch(path: Path) -> None:
    """Create a file that only this user can read, or make an existing one private.

    An existing file is not opened, because closing it would release the locks that this process
    holds on it through other descriptors. SQLite uses such locks: without them another process
    would remove the write-ahead log that this one uses.
    """
    with suppress(OSError):  # it exists; otherwise the next open reports the error
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    _close(path)


def _close(path: Path) -> bool:
    """Remove the rights of other users; return whether there were any."""
    with suppress(OSError):  # of another user, or deleted since it was listed
        mode = path.lstat().st_mode
        if not stat.S_ISLNK(mode) and mode & _OTHERS:
            path.chmod(stat.S_IMODE(mode) & ~_OTHERS)
            return True
    return False
