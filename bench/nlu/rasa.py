"""Query Rasa's understanding for sentences; runs in Rasa's Python and imports none of our code.

    python -m bench.nlu.rasa MODEL < sentences > answers

Sentences are JSON strings, one per line; each answer is `{"intent", "milliseconds"}` on a line. The
intent is the classifier's best one, without a fallback. Rasa's own output goes to standard error.
"""

import asyncio
import json
import logging
import os
import sys
import time
import warnings

LINES = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)  # from here on only answers go to standard output
warnings.simplefilter("ignore")

import structlog  # noqa: E402
from rasa.core.agent import Agent  # type: ignore[import-not-found]  # noqa: E402

WARM = 5
FALLBACK = "nlu_fallback"


async def main() -> None:
    """Answer every line, after some warm-up sentences."""
    # No log of each message, which would take time.
    quiet = structlog.make_filtering_bound_logger(logging.ERROR)
    structlog.configure(wrapper_class=quiet)
    agent = Agent.load(sys.argv[1])
    sentences = [json.loads(line) for line in sys.stdin]
    for text in sentences[:WARM]:
        await agent.parse_message(text)
    for text in sentences:
        began = time.perf_counter()
        parsed = await agent.parse_message(text)
        took = 1000 * (time.perf_counter() - began)
        ranking = [item["name"] for item in parsed["intent_ranking"] if item["name"] != FALLBACK]
        answer = {"intent": ranking[0] if ranking else None, "milliseconds": took}
        LINES.write(json.dumps(answer) + "\n")
        LINES.flush()


asyncio.run(main())
