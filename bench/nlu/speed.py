"""Measure time and memory of the understanding in its own process with one thread.

It reads `{"messages": [...], "letters": [...]}` and writes milliseconds of each text and the
process's final memory in MiB, as JSON. It loads only the understanding.
"""

import json
import sys
import time
from pathlib import Path

from nlu.component import SolveFirstNLU
from nlu.serve.understanding import MessageUnderstanding

ROUNDS = 3


def main() -> None:
    """Measure the texts of standard input."""
    asked = json.load(sys.stdin)
    component = SolveFirstNLU(MessageUnderstanding.open())

    def timed(text: str) -> float:
        began = time.perf_counter()
        component.parse(text)
        return 1000 * (time.perf_counter() - began)

    for text in asked["messages"]:  # warm-up, not counted
        component.parse(text)
    result = {"messages": [timed(text) for _ in range(ROUNDS) for text in asked["messages"]]}
    result["letters"] = [timed(text) for text in asked["letters"]]
    json.dump({**result, "resident": resident_mib()}, sys.stdout)


def resident_mib() -> float:
    """Return the present memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


if __name__ == "__main__":
    main()
