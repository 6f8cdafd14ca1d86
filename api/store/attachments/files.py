"""Store files in a folder, encrypted in chunks, so that a large file is never all in memory."""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from api.ports import FileMissing, Files
from kernel.privacy.crypto import DecryptionError, Keyring

PIECE = 256 * 1024
"""Plain bytes in one encrypted chunk."""

_NAME = re.compile(r"[a-z0-9]{8,64}")
_PART = ".part"
_LENGTH = 4
_LONGEST_PIECE = PIECE + 1024


class LocalFiles:
    """Files in one folder that only this user can open; each file is written atomically."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, name: str, chunks: Iterable[bytes]) -> None:
        """See the port."""
        path = self._path(name)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_name(name + _PART)
        try:
            with open(part, "xb", opener=_private) as file:
                file.writelines(chunks)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)

    def read(self, name: str) -> Iterator[bytes]:
        """See the port."""
        try:
            file = self._path(name).open("rb")
        except FileNotFoundError:
            raise FileMissing(name) from None

        def pieces() -> Iterator[bytes]:
            with file:
                while piece := file.read(PIECE):
                    yield piece

        return pieces()

    def delete(self, name: str) -> None:
        """See the port."""
        path = self._path(name.removesuffix(_PART))
        (path.with_name(name) if name.endswith(_PART) else path).unlink(missing_ok=True)

    def names_before(self, moment: datetime) -> Iterator[str]:
        """See the port."""
        for path in sorted(self._folder.glob("??/*")):
            # Another process may have deleted it meanwhile.
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < moment.timestamp():
                    yield path.name

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError("a file's name is 8 to 64 of a-z 0-9")
        return self._folder / name[:2] / name


class MemoryFiles:
    """Files in memory, for tests."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def write(self, name: str, chunks: Iterable[bytes]) -> None:
        """See the port."""
        self.kept[name] = b"".join(chunks)

    def read(self, name: str) -> Iterator[bytes]:
        """See the port."""
        if name not in self.kept:
            raise FileMissing(name)
        return iter((self.kept[name],))

    def delete(self, name: str) -> None:
        """See the port."""
        self.kept.pop(name, None)

    def names_before(self, moment: datetime) -> Iterator[str]:
        """See the port; the times of writing are unknown, so no file is old."""
        del moment
        return iter(())


class SealedFiles:
    """Encrypts and decrypts the content of other files.

    A file is a sequence of chunks, each with its length before it. A chunk's encryption context has
    the file's name, its position and whether it is the last. So chunks of another file, reordered
    chunks and missing chunks are detected.
    """

    def __init__(self, files: Files, keyring: Keyring) -> None:
        self._files = files
        self._keyring = keyring

    def write(self, name: str, chunks: Iterable[bytes]) -> None:
        """See the port."""
        self._files.write(name, self._seal(name, chunks))

    def read(self, name: str) -> Iterator[bytes]:
        """See the port.

        Raises:
            kernel.privacy.crypto.DecryptionError: the file was changed, or its key was removed.
        """
        return self._open(name, self._files.read(name))

    def delete(self, name: str) -> None:
        """See the port."""
        self._files.delete(name)

    def names_before(self, moment: datetime) -> Iterator[str]:
        """See the port."""
        return self._files.names_before(moment)

    def _seal(self, name: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
        waiting = bytearray()
        place = 0
        for chunk in chunks:
            waiting += chunk
            while len(waiting) > PIECE:  # one chunk always waits, as it may be the last
                yield self._piece(name, place, bytes(waiting[:PIECE]), last=False)
                del waiting[:PIECE]
                place += 1
        yield self._piece(name, place, bytes(waiting), last=True)

    def _piece(self, name: str, place: int, plain: bytes, *, last: bool) -> bytes:
        sealed = self._keyring.encrypt(plain, context=_context(name, place, last=last))
        return len(sealed).to_bytes(_LENGTH) + sealed

    def _open(self, name: str, stored: Iterator[bytes]) -> Iterator[bytes]:
        waiting = bytearray()
        place = 0
        for chunk in stored:
            waiting += chunk
            while len(waiting) >= _LENGTH:
                length = int.from_bytes(waiting[:_LENGTH])
                if length > _LONGEST_PIECE:
                    raise DecryptionError("not a sealed file")
                # The last chunk is decrypted when no data follows.
                if len(waiting) <= _LENGTH + length:
                    break
                sealed = bytes(waiting[_LENGTH : _LENGTH + length])
                del waiting[: _LENGTH + length]
                yield self._keyring.decrypt(sealed, context=_context(name, place, last=False))
                place += 1
        if len(waiting) < _LENGTH or len(waiting) != _LENGTH + int.from_bytes(waiting[:_LENGTH]):
            raise FileMissing(name)
        sealed = bytes(waiting[_LENGTH:])
        yield self._keyring.decrypt(sealed, context=_context(name, place, last=True))


def _context(name: str, place: int, *, last: bool) -> str:
    return f"file:{name}:{place}:{'last' if last else 'more'}"


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # folders cannot be opened there
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
