"""Measure a classifier of `solvefirst nlu train --data` on CLINC150, with its out-of-scope part."""

import asyncio
import json
import time
from collections.abc import Sequence

from bench.figures import table
from bench.frame import Bar, Chapter, Run
from bench.nlu.mail import DATA
from nlu.evaluation.labelled import LabelledRow
from nlu.serve.stacked import ExtraFeatures
from nlu.training.labeller import train_labeller

MOST_LOST = 0.01
"""Largest share of in-scope queries in `val` that may be rejected although labelled right."""
FILE = DATA / "clinc150" / "data_full.json"
OUTSIDE = "oos"
INSIDE_WANTED, OUTSIDE_WANTED = 0.95, 0.72
BERT = (0.962, 0.523)
"""In-scope accuracy and out-of-scope recall of BERT, Larson et al. 2019, table 2, "Full"."""


async def measure(run: Run) -> Chapter:
    """Train on `train`, choose the threshold on `val`, count on `test`."""
    data = json.loads(FILE.read_text(encoding="utf-8"))

    def rows(part: str) -> list[LabelledRow]:
        every = run.size(1, quick=5)
        return [
            LabelledRow(*item) for item in [*data[part][::every], *data[_outside(part)][::every]]
        ]

    train, validation, test = (rows(part) for part in ("train", "val", "test"))
    bar = run.progress.add_task("training", total=1.0)
    began = time.perf_counter()
    trained = await asyncio.to_thread(
        train_labeller,
        train,
        ExtraFeatures.open(),
        validation=validation,
        out_of_scope=OUTSIDE,
        most_lost=MOST_LOST,
        progress=lambda step, share: run.progress.update(bar, description=step, completed=share),
    )
    seconds = time.perf_counter() - began
    began = time.perf_counter()
    labelled = [trained.labeller(row.text).label for row in run.track(test, "labelling")]
    each = 1000 * (time.perf_counter() - began) / len(test)
    inside, outside = scores([row.label for row in test], labelled)
    lost = sum(
        label == OUTSIDE != row.label for row, label in zip(test, labelled, strict=True)
    ) / sum(row.label != OUTSIDE for row in test)
    return Chapter(
        about=f"""
CLINC150 (Larson et al. 2019): queries of 150 intents and queries that are none of them, in
English. Trained on `train` with its 100 queries out of scope, the threshold
chosen on `val` so that it loses at most {MOST_LOST:.0%} of the queries of an intent there,
counted on `test`. A query of an intent that is rejected counts as wrong. BERT's figures
are those of the paper.""",
        body="\n\n".join(
            (
                table(
                    ("", "in-scope accuracy", "out-of-scope recall"),
                    (
                        ("ours", f"{inside:.1%}", f"{outside:.1%}"),
                        ("BERT, as published", f"{BERT[0]:.1%}", f"{BERT[1]:.1%}"),
                    ),
                ),
                (
                    f"{lost:.1%} of the queries of an intent were rejected; trained in "
                    f"{seconds:.0f} s, {each:.2f} ms a query."
                ),
            )
        ),
        bars=[
            Bar(
                "CLINC150 in-scope accuracy",
                f"{inside:.1%}",
                f"≥ {INSIDE_WANTED:.0%}",
                inside >= INSIDE_WANTED,
            ),
            Bar(
                "CLINC150 out-of-scope recall",
                f"{outside:.1%}",
                f"≥ {OUTSIDE_WANTED:.0%}",
                outside >= OUTSIDE_WANTED,
            ),
        ],
    )


def scores(truth: Sequence[str], told: Sequence[str | None]) -> tuple[float, float]:
    """Return in-scope accuracy and out-of-scope recall; a rejection in scope is wrong."""
    right = {
        outside: [
            guess == label
            for label, guess in zip(truth, told, strict=True)
            if (label == OUTSIDE) is outside
        ]
        for outside in (False, True)
    }
    return sum(right[False]) / len(right[False]), sum(right[True]) / len(right[True])


def _outside(part: str) -> str:
    return f"{OUTSIDE}_{part}"
