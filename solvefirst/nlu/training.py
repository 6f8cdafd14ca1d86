"""Train the understanding as a background job in a child process, which can be ended.

Training uses a processor for minutes, and the process for jobs may serve citizens too. The child
runs this module as a script; it writes one JSON object per line.
"""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from importlib.util import find_spec
from typing import Any

from kernel.jobs.port import GiveUp
from kernel.jobs.runs import Run
from solvefirst.settings import Settings

_SEED = 7
_LOOK = 1.0
"""Longest time in seconds until a cancellation is noticed, also during a silent stage."""


async def train(run: Run, settings: Settings) -> None:
    """Train in a child process; end it when the run is cancelled or interrupted.

    Raises:
        GiveUp: the new version is worse, the data are wrong, or scikit-learn is missing.
        RuntimeError: the child died.
    """
    if find_spec("sklearn") is None:
        raise GiveUp("training needs scikit-learn, which serving does not")
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "solvefirst.nlu.training",
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **_stores(settings)},
    )
    try:
        await _follow(run, child)
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


def _stores(settings: Settings) -> Mapping[str, str]:
    """Return absolute paths for the child, which may run in another folder."""
    return {
        "SOLVEFIRST_VAR": str(settings.var.resolve()),
        "SOLVEFIRST_API_DATABASE_URL": settings.api_database,
        "SOLVEFIRST_BOT_DATABASE_URL": settings.bot_database,
    }


async def _follow(run: Run, child: asyncio.subprocess.Process) -> None:
    if child.stdout is None:
        raise RuntimeError("the child has no output")
    done = 0
    last: Mapping[str, Any] = {}
    while True:
        with suppress(TimeoutError):
            async with asyncio.timeout(_LOOK):  # a partial line stays in the reader
                said = await child.stdout.readline()
            if not said:
                break
            last = json.loads(said)
            done = round(100 * float(last.get("share", 0)))
        await run.step(done, 100, {"stage": str(last.get("stage", ""))})
    if (refused := last.get("refused")) is not None:
        raise GiveUp(str(refused))
    if await child.wait():
        raise RuntimeError(f"training ended with status {child.returncode}")


def main() -> int:
    """Train, and write progress and outcome as JSON lines; return 1 without a new version."""
    from nlu.classify import ModelUnusable  # noqa: PLC0415 - not for the parent, which serves
    from nlu.evaluation.heldout import HeldOutInvalid  # noqa: PLC0415
    from nlu.examples import TrainingDataInvalid  # noqa: PLC0415
    from nlu.learning.learn import ModelWorse  # noqa: PLC0415
    from solvefirst.nlu.learning import CorrectionsUnreadable, learn_from_staff  # noqa: PLC0415

    def tell(**words: object) -> None:
        sys.stdout.write(json.dumps(words) + "\n")
        sys.stdout.flush()

    try:
        learn_from_staff(
            Settings(), _SEED, lambda stage, share: tell(stage=stage, share=round(share, 2))
        )
    except (
        CorrectionsUnreadable,
        HeldOutInvalid,
        ModelUnusable,
        TrainingDataInvalid,
        ModelWorse,
    ) as no:
        tell(refused=str(no))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
