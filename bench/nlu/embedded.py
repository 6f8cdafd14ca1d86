"""Provide the measurements' embedder with its cache between runs."""

from collections.abc import Iterable

from bench.frame import ROOT, Run
from nlu.normalise import read
from nlu.serve.embedded import EmbeddingCache, installed
from nlu.serve.embedding import Embedder
from nlu.serve.stacked import ExtraFeatures
from nlu.serve.understanding import MODEL, MessageUnderstanding

KEPT = ROOT / "var" / "bench"


def remembering() -> EmbeddingCache | None:
    """Open the embedder, if it is installed, with its cache."""
    return EmbeddingCache.beside(KEPT)


def read_ahead(embedder: EmbeddingCache, texts: Iterable[str], run: Run, what: str) -> None:
    """Embed texts that are not in the cache, on all cores, and cache them."""
    bar = run.progress.add_task(what, total=1.0)
    even = (read(text).text for text in texts)
    embedder.read_ahead(even, lambda share: run.progress.update(bar, completed=share))
    run.progress.update(bar, completed=1.0)


def beside(embedder: Embedder | None) -> ExtraFeatures:
    """Return the models that `solvefirst nlu train --data` trains with."""
    return ExtraFeatures(MessageUnderstanding.open(), embedder, MODEL)


def embeddings_note() -> str:
    """Describe the embedder for a report."""
    if package := installed():
        return f"with {' '.join(package)}"
    return "without embeddings, which are not installed here"
