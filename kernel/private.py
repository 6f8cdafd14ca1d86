"""Access rights of data files: only the user that runs the product may open them."""

import os
import stat
from contextlib import suppress
from pathlib import Path

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def new_files() -> None:
    """Set the umask of this process to 077. A command does so before it makes anything."""
    os.umask(_OTHERS)


def mend(folder: Path) -> int:
    """Make a data folder private, with all that is in it.

    Returns how many files and folders were open to others before; those of another user stay as
    they are.
    """
    folder.mkdir(parents=True, exist_ok=True)
    inside = [
        Path(at, name) for at, folders, files in os.walk(folder) for name in (*folders, *files)
    ]
    return sum(_close(path) for path in (folder, *inside))


def touch(path: Path) -> None:
    """Create a file for this user alone, or make an existing one private.

    An existing file is not opened: closing it would drop the locks that this process holds on it
    by other descriptors. SQLite's own are such locks; without them another process removes the
    write-ahead log under this one.
    """
    with suppress(OSError):  # it exists; or the next to open it says better what is wrong
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    _close(path)


def _close(path: Path) -> bool:
    """Take the rights of others away; tell whether there were any."""
    with suppress(OSError):  # of another user, or gone since it was listed
        mode = path.lstat().st_mode
        if not stat.S_ISLNK(mode) and mode & _OTHERS:
            path.chmod(stat.S_IMODE(mode) & ~_OTHERS)
            return True
    return False
