"""The embedder of measurements, which remembers over runs."""

from collections.abc import Iterable

from bench.frame import ROOT, Run
from nlu.normalise import read
from nlu.serve.embedded import Remembering, installed
from nlu.serve.embedding import Embedder
from nlu.serve.stacked import Beside
from nlu.serve.understanding import MODEL, MessageUnderstanding

KEPT = ROOT / "var" / "bench"


def remembering() -> Remembering | None:
    """Open the embedder, if it is installed, with what it has embedded before."""
    return Remembering.beside(KEPT)


def read_ahead(embedder: Remembering, texts: Iterable[str], run: Run, what: str) -> None:
    """Embed what is not known of texts, on all cores at once, and keep it."""
    bar = run.progress.add_task(what, total=1.0)
    even = (read(text).text for text in texts)
    embedder.read_ahead(even, lambda share: run.progress.update(bar, completed=share))
    run.progress.update(bar, completed=1.0)


def beside(embedder: Embedder | None) -> Beside:
    """What `solvefirst nlu train --data` trains beside."""
    return Beside(MessageUnderstanding.open(), embedder, MODEL)


def told() -> str:
    """Name the embedder, for a report."""
    if package := installed():
        return f"with {' '.join(package)}"
    return "without embeddings, which are not installed here"
