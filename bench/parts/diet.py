"""Compare the shipped understanding with Rasa's own pipeline, trained on the same sentences."""

import asyncio
import statistics
import time

import numpy as np
from rich.console import Console

from bench.figures import percentile, table
from bench.frame import ROOT, Bar, Chapter, Run
from bench.nlu.diet import answers
from bench.parts.rasa import PLAIN
from nlu.evaluation.evaluate import score
from nlu.evaluation.heldout import read_held_out
from nlu.serve.understanding import MessageUnderstanding
from solvefirst.rasa.environment import prepare
from solvefirst.rasa.training import train

FASTER = 5.0
OURS, DIET = "SolveFirst", "Rasa, JiebaTokenizer and DIET"


async def measure(run: Run) -> Chapter:
    """Train Rasa's pipeline if needed, and score both on the held-out set."""
    examples = read_held_out().examples()[:: run.size(1, quick=20)]
    texts = [example.text for example in examples]
    console = Console(stderr=True)
    python = await asyncio.to_thread(prepare, console)
    bar = run.progress.add_task("Rasa trains, once for these sentences", total=None)
    model = await asyncio.to_thread(train, python, ROOT, console, config=PLAIN)
    run.progress.remove_task(bar)
    bar = run.progress.add_task(DIET, total=len(texts))
    theirs = []
    for answer in answers(python, model, texts):
        theirs.append(answer)
        run.progress.advance(bar)
    understanding = MessageUnderstanding.open()
    ours, took = [], []
    for text in run.track(texts, OURS):
        began = time.perf_counter()
        ours.append(understanding.parse(text)["intent"]["name"])
        took.append(1000 * (time.perf_counter() - began))
    truth = [example.intent for example in examples]
    scores = {
        name: score([(label, guess, 1.0) for label, guess in zip(truth, guesses, strict=True)])
        for name, guesses in ((OURS, ours), (DIET, [item.intent for item in theirs]))
    }
    times = {OURS: took, DIET: [item.milliseconds for item in theirs]}
    better = scores[OURS].macro_f1 - scores[DIET].macro_f1
    faster = statistics.fmean(times[DIET]) / statistics.fmean(times[OURS])
    by_label = {
        name: {item.label: item.f1 for item in scored.labels} for name, scored in scores.items()
    }
    return Chapter(
        about=f"""
Intents of the {len(texts):,} sentences of the held-out set, by the shipped model and by a real Rasa
3.6.21 with `bench/rasa/config.diet.yml`, trained on the same `nlu/data`: the model of
`make bench-rasa`. Rasa is asked in one process of its own, without a server between, and its
fallback is not counted against it. Times are of one `parse` each, whatever it tells: ours also
finds category, places, times and matters.""",
        body="\n\n".join(
            (
                table(
                    ("", "macro-F1", "accuracy", "mean, ms", "p50", "p95"),
                    (
                        (
                            name,
                            f"{scored.macro_f1:.3f}",
                            f"{scored.accuracy:.3f}",
                            f"{statistics.fmean(times[name]):.2f}",
                            *(f"{percentile(times[name], share):.2f}" for share in (0.5, 0.95)),
                        )
                        for name, scored in scores.items()
                    ),
                ),
                table(
                    ("F1 of intent", OURS, "DIET"),
                    (
                        (label, *(f"{by_label[name].get(label, np.nan):.2f}" for name in scores))
                        for label in sorted(set(truth))
                    ),
                ),
            )
        ),
        bars=[
            Bar(
                "intent macro-F1 less DIET's",
                f"{better:+.3f} ({scores[OURS].macro_f1:.3f} and {scores[DIET].macro_f1:.3f})",
                "> 0",
                held=better > 0,
            ),
            Bar("parse faster than DIET's", f"{faster:.1f} x", f"≥ {FASTER:g} x", faster >= FASTER),
        ],
    )
