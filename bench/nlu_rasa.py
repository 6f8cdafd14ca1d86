"""Rasa's understanding, asked sentence by sentence: runs in Rasa's Python, imports nothing of ours.

    python -m bench.nlu_rasa MODEL < sentences > answers

Sentences are JSON strings, one a line; each answer is `{"intent", "milliseconds"}` on a line. The
intent is the best of the classifier's, whatever a fallback would make of it. Whatever Rasa prints
goes to standard error.
"""

import asyncio
import json
import logging
import os
import sys
import time
import warnings

LINES = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)  # from here on nothing but answers reaches the reader
warnings.simplefilter("ignore")

import structlog  # noqa: E402
from rasa.core.agent import Agent  # type: ignore[import-not-found]  # noqa: E402

WARM = 5
FALLBACK = "nlu_fallback"


async def main() -> None:
    """Answer every line, after a few that are not counted."""
    # What it would say of each message is written nowhere and costs it no time.
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
        ranking = [one["name"] for one in parsed["intent_ranking"] if one["name"] != FALLBACK]
        answer = {"intent": ranking[0] if ranking else None, "milliseconds": took}
        LINES.write(json.dumps(answer) + "\n")
        LINES.flush()


asyncio.run(main())
