"""Manage versions of the assistant's model: the shipped one, and those trained from corrections.

A folder has a subfolder for each version and a file `current` that names the one in service. A
version that cannot be opened is replaced by the previous one, so that a broken file never stops the
assistant.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from nlu.classify import BROKEN, ModelUnusable
from nlu.serve.understanding import MODEL, MessageUnderstanding

SHIPPED = "shipped"
KEPT = 5
"""Trained versions that are kept, besides the current and the previous one."""
_ABOUT = "version.json"
_CURRENT = "current"
_PROBE = "街口的路灯坏了, the street light at No. 3 has been broken since yesterday"


class VersionUnknown(LookupError):  # noqa: N818 - named for what is the case
    """There is no version with this name, or none before the current one."""


@dataclass(frozen=True, slots=True)
class OpenedVersion:
    """The opened version, and those that could not be opened, with the reasons."""

    name: str
    understanding: MessageUnderstanding
    refused: tuple[tuple[str, str], ...] = ()


def open_checked(folder: Path) -> MessageUnderstanding:
    """Open a model and test it: any fault of its files becomes one error.

    Raises:
        nlu.classify.ModelUnusable: the files are missing, damaged or not a model.
    """
    try:
        understanding = MessageUnderstanding.open(folder)
        understanding.parse(_PROBE)
    except ModelUnusable:
        raise
    except BROKEN as error:
        raise ModelUnusable(
            f"the files in {folder} are no model of ours, or damaged: "
            f"{type(error).__name__}: {error}; make one with `solvefirst nlu train`"
        ) from error
    return understanding


class Versions:
    """The versions in `folder`, which need not exist yet, and the one in `shipped`."""

    def __init__(self, folder: Path, shipped: Path = MODEL) -> None:
        self._folder = folder
        self._shipped = shipped

    def names(self) -> list[str]:
        """Return all versions, the shipped one first, then by age."""
        trained = [file.parent.name for file in self._folder.glob(f"[!.]*/{_ABOUT}")]
        return [SHIPPED, *sorted(trained)]

    def current(self) -> str:
        """Return the version that should serve."""
        try:
            return (self._folder / _CURRENT).read_text(encoding="utf-8").strip() or SHIPPED
        except (OSError, UnicodeDecodeError):
            return SHIPPED

    def path(self, name: str) -> Path:
        """Return the folder of a version.

        Raises:
            VersionUnknown: there is no version with this name.
        """
        if name == SHIPPED:
            return self._shipped
        if name not in self.names():
            raise VersionUnknown(f"no version {name}; there are {', '.join(self.names())}")
        return self._folder / name

    def about(self, name: str) -> Mapping[str, Any]:
        """Return the notes that were stored with a version; nothing for the shipped one."""
        try:
            about = json.loads((self._folder / name / _ABOUT).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return about if isinstance(about, dict) else {}

    def before(self, name: str) -> str:
        """Return the version that served when this one was made, or the shipped one if deleted."""
        before = self.about(name).get("before")
        return before if isinstance(before, str) and before in self.names() else SHIPPED

    def open(self) -> OpenedVersion:
        """Open the current version, or else the last good one before it.

        Raises:
            nlu.classify.ModelUnusable: no version can be opened.
        """
        refused: list[tuple[str, str]] = []
        for name in self._in_order():
            try:
                return OpenedVersion(name, open_checked(self.path(name)), tuple(refused))
            except (ModelUnusable, VersionUnknown) as error:
                refused.append((name, str(error)))
        raise ModelUnusable("; ".join(why for _, why in refused))

    def _in_order(self) -> Iterator[str]:
        chain = [self.current()]
        while chain[-1] != SHIPPED and self.before(chain[-1]) not in chain:
            chain.append(self.before(chain[-1]))
        yield from chain
        yield from (name for name in reversed(self.names()) if name not in chain)

    def make(self, fill: Callable[[Path], Mapping[str, Any]], now: datetime, before: str) -> str:
        """Make a version and return its name; it does not serve yet.

        `fill` writes the files of a model into a folder and returns the notes to store with it.
        When it raises, the folder is deleted.
        """
        making = self._folder / f".making-{os.getpid()}"
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(parents=True)
        try:
            about = {"made_at": now.isoformat(), "before": before, **fill(making)}
            text = json.dumps(about, ensure_ascii=False, indent=1)
            (making / _ABOUT).write_text(text + "\n", encoding="utf-8")
            name = now.strftime("%Y%m%d-%H%M%S")
            while (self._folder / name).exists():
                name += "x"
            making.rename(self._folder / name)
        finally:
            shutil.rmtree(making, ignore_errors=True)
        return name

    def point(self, name: str) -> None:
        """Set the version that serves from the next start on.

        Raises:
            VersionUnknown: there is no version with this name.
            nlu.classify.ModelUnusable: it cannot be opened.
        """
        open_checked(self.path(name))
        self._folder.mkdir(parents=True, exist_ok=True)
        fresh = self._folder / f".{_CURRENT}-{os.getpid()}"
        fresh.write_text(name + "\n", encoding="utf-8")
        fresh.replace(self._folder / _CURRENT)

    def rollback(self, name: str | None = None) -> str:
        """Return to the previous version, or to the named one; return its name.

        Raises:
            VersionUnknown: there is no version with this name, or none before the shipped one.
            nlu.classify.ModelUnusable: it cannot be opened.
        """
        current = self.current()
        if name is None and current == SHIPPED:
            raise VersionUnknown("the shipped model serves; there is none before it")
        target = name or self.before(current)
        self.point(target)
        return target

    def prune(self, keep: int | None = None) -> list[str]:
        """Delete all but the newest, the current and the previous version; return their names."""
        trained = self.names()[1:]
        newest = KEPT if keep is None else keep
        kept = {*trained[max(0, len(trained) - newest) :], self.current()}
        kept.add(self.before(self.current()))
        dropped = [name for name in trained if name not in kept]
        for name in dropped:
            shutil.rmtree(self._folder / name)
        return dropped
