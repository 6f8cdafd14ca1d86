"""How fast and how large understanding is, in a process of its own with one thread.

Reads `{"messages": [...], "letters": [...], "both": bool}` and tells milliseconds of each text and
the process's memory in MiB at the end, as JSON. It loads nothing but understanding, with its second
stage where `both` are asked for.
"""

import json
import sys
import time
from pathlib import Path

from nlu.component import SolveFirstNLU
from nlu.serve.understanding import MODEL, MessageUnderstanding

ROUNDS = 3


def main() -> None:
    """Measure what standard input asks for."""
    asked = json.load(sys.stdin)
    understanding = MessageUnderstanding.open()
    if asked["both"]:
        understanding.load_second(MODEL)
    component = SolveFirstNLU(understanding)

    def timed(text: str) -> float:
        began = time.perf_counter()
        component.parse(text)
        return 1000 * (time.perf_counter() - began)

    for text in asked["messages"]:  # not counted: caches fill
        component.parse(text)
    told = {"messages": [timed(text) for _ in range(ROUNDS) for text in asked["messages"]]}
    told["letters"] = [timed(text) for text in asked["letters"]]
    json.dump({**told, "resident": resident_mib()}, sys.stdout)


def resident_mib() -> float:
    """Memory of this process that is in use now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


if __name__ == "__main__":
    main()
