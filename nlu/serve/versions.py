"""Versions of the assistant's model: the shipped one, and those that were trained beside it.

A folder has a subfolder for each version and a file `current` that names the one in service. What
cannot be opened is passed over for the one before it, so that a broken file never silences the
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
"""Trained versions that stay, beside the current one and the one before it."""
_ABOUT = "version.json"
_CURRENT = "current"
_PROBE = "街口的路灯坏了, the street light at No. 3 has been broken since yesterday"


class VersionUnknown(LookupError):  # noqa: N818 - named for what is the case
    """There is no version of this name, or none before the current one."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The version that serves, and those that were refused on the way to it, with the reason."""

    name: str
    understanding: MessageUnderstanding
    refused: tuple[tuple[str, str], ...] = ()


def open_checked(folder: Path) -> MessageUnderstanding:
    """Open a model and try it: whatever is wrong with its files comes out as one error.

    Raises:
        nlu.classify.ModelUnusable: the files are missing, damaged or something else.
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
    """The versions in `folder`, which need not be there yet, and the one in `shipped`."""

    def __init__(self, folder: Path, shipped: Path = MODEL) -> None:
        self._folder = folder
        self._shipped = shipped

    def names(self) -> list[str]:
        """All versions, the shipped one first, then by age."""
        trained = [file.parent.name for file in self._folder.glob(f"[!.]*/{_ABOUT}")]
        return [SHIPPED, *sorted(trained)]

    def current(self) -> str:
        """The version that is to serve."""
        try:
            return (self._folder / _CURRENT).read_text(encoding="utf-8").strip() or SHIPPED
        except (OSError, UnicodeDecodeError):
            return SHIPPED

    def path(self, name: str) -> Path:
        """The folder of a version.

        Raises:
            VersionUnknown: there is none of this name.
        """
        if name == SHIPPED:
            return self._shipped
        if name not in self.names():
            raise VersionUnknown(f"no version {name}; there are {', '.join(self.names())}")
        return self._folder / name

    def about(self, name: str) -> Mapping[str, Any]:
        """What was written down when a version was made; nothing of the shipped one."""
        try:
            about = json.loads((self._folder / name / _ABOUT).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return about if isinstance(about, dict) else {}

    def before(self, name: str) -> str:
        """The version that served when this one was made, the shipped one when that is gone."""
        before = self.about(name).get("before")
        return before if isinstance(before, str) and before in self.names() else SHIPPED

    def open(self) -> Opened:
        """Open the current version, or else the last good one before it.

        Raises:
            nlu.classify.ModelUnusable: not one can be opened.
        """
        refused: list[tuple[str, str]] = []
        for name in self._in_order():
            try:
                return Opened(name, open_checked(self.path(name)), tuple(refused))
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
        """Have a version made, and name it; it does not serve yet.

        `fill` writes the files of a model into a folder and gives what is to be written down of
        it; when it raises, nothing is left.
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
        """Let a version serve from the next start on.

        Raises:
            VersionUnknown: there is none of this name.
            nlu.classify.ModelUnusable: it cannot be opened.
        """
        open_checked(self.path(name))
        self._folder.mkdir(parents=True, exist_ok=True)
        fresh = self._folder / f".{_CURRENT}-{os.getpid()}"
        fresh.write_text(name + "\n", encoding="utf-8")
        fresh.replace(self._folder / _CURRENT)

    def rollback(self, name: str | None = None) -> str:
        """Let the version before the current one serve again, or the one named; give its name.

        Raises:
            VersionUnknown: there is none of this name, or none before the shipped one.
            nlu.classify.ModelUnusable: it cannot be opened.
        """
        current = self.current()
        if name is None and current == SHIPPED:
            raise VersionUnknown("the shipped model serves; there is none before it")
        target = name or self.before(current)
        self.point(target)
        return target

    def prune(self, keep: int | None = None) -> list[str]:
        """Drop all but the newest versions, the current one and the one before it."""
        trained = self.names()[1:]
        newest = KEPT if keep is None else keep
        kept = {*trained[max(0, len(trained) - newest) :], self.current()}
        kept.add(self.before(self.current()))
        dropped = [name for name in trained if name not in kept]
        for name in dropped:
            shutil.rmtree(self._folder / name)
        return dropped
