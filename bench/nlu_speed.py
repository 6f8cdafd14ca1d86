"""How fast and how large understanding is, in a process of its own with one thread.

Reads `{"messages": [...], "letters": [...], "embeddings": bool}` and tells milliseconds of each
text and the process's memory in MiB at the end, as JSON. It loads nothing but
understanding, and the embedder where it is asked for.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from nlu.component import SolveFirstNLU

ROUNDS = 3


def main() -> None:
    """Measure what standard input asks for."""
    asked = json.load(sys.stdin)
    component = SolveFirstNLU.load()
    embed = None
    if asked["embeddings"]:
        from nlu.embedding import Embedder  # noqa: PLC0415 - weighed only where it is asked for

        embed = Embedder.open()
        if embed is None:
            raise SystemExit("no embedder is installed")
        embed("a first text, which loads what is loaded late")

    def timed(text: str, read: Callable[[str], object] = component.parse) -> float:
        began = time.perf_counter()
        read(text)
        return 1000 * (time.perf_counter() - began)

    for text in asked["messages"]:  # not counted: caches fill
        component.parse(text)
    told = {"messages": [timed(text) for _ in range(ROUNDS) for text in asked["messages"]]}
    told["letters"] = [timed(text) for text in asked["letters"]]
    told["embeddings"] = [timed(text, embed) for text in asked["letters"]] if embed else []
    json.dump({**told, "resident": resident_mib()}, sys.stdout)


def resident_mib() -> float:
    """Memory of this process that is in use now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


if __name__ == "__main__":
    main()
