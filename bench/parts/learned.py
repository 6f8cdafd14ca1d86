"""Compare a classifier trained on part of the citizens' mail with a simple baseline."""

import asyncio
import math
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.feature_extraction.text import (  # type: ignore[import-untyped, unused-ignore]
    TfidfVectorizer,
)
from sklearn.model_selection import (  # type: ignore[import-untyped, unused-ignore]
    StratifiedShuffleSplit,
)
from sklearn.pipeline import make_pipeline  # type: ignore[import-untyped, unused-ignore]
from sklearn.svm import LinearSVC  # type: ignore[import-untyped, unused-ignore]

from bench.figures import table
from bench.frame import Bar, Chapter, Run
from bench.nlu.mail import Mail, Places, macro_f1, read_mail
from bench.parts.mail import READINGS
from nlu.evaluation.labelled import LabelledRow
from nlu.serve.stacked import ExtraFeatures
from nlu.training.labeller import train_labeller

SPLITS, UNSEEN = 5, 0.2
FEW = 50
STUDENT = 2.776
"""97.5 % point of Student's t with four degrees of freedom, for five differences."""
FEW_WANTED, AIM, FEW_AIM = 0.02, 0.02, 0.06


@dataclass(frozen=True, slots=True)
class Pair:
    """Macro-F1 of both on each split."""

    ours: list[float]
    baseline: list[float]

    @property
    def differences(self) -> list[float]:
        """Differences of ours and the baseline's, by split."""
        return [item - other for item, other in zip(self.ours, self.baseline, strict=True)]


def splits(truth: Places, number: int) -> Iterator[tuple[Places, Places, Places]]:
    """Yield fixed splits: training rows, `FEW` per label of them, and test rows."""
    drawn = StratifiedShuffleSplit(number, test_size=UNSEEN, random_state=20_20)
    for seed, (seen, unseen) in enumerate(drawn.split(truth, truth)):
        mixed = np.random.default_rng(seed).permutation(seen)
        few = [mixed[truth[mixed] == label][:FEW] for label in np.unique(truth)]
        yield seen, np.concatenate(few), unseen


def interval(differences: Sequence[float], overlap: float) -> tuple[float, float]:
    """Return the 95 % interval of the mean of paired differences over random splits.

    Splits that share rows are not independent: the variance is increased by `overlap`, the ratio of
    test rows to training rows (Nadeau and Bengio 2003).
    """
    mean = statistics.fmean(differences)
    spread = statistics.variance(differences) * (1 / len(differences) + overlap)
    reach = STUDENT * math.sqrt(spread)
    return mean - reach, mean + reach


def ours(
    texts: Sequence[str], mail: Mail, seen: Places, unseen: Places, with_: ExtraFeatures
) -> Places:
    """Return the guesses of our classifier, trained on `seen`, for `unseen`."""
    rows = [LabelledRow(texts[at], mail.labels[mail.truth[at]]) for at in seen]
    # Confidence is fitted on validation rows. It does not change the best label, so some training
    # rows are enough, and no fold is trained for it.
    trained = train_labeller(rows, with_, validation=rows[:: max(1, len(rows) // 200)])
    guessed = [trained.labeller(texts[at]).label for at in unseen]
    return np.array([mail.labels.index(item) if item else -1 for item in guessed], dtype=np.intp)


def baseline(texts: Sequence[str], truth: Places, seen: Places, unseen: Places) -> Places:
    """Return the guesses of TF-IDF (one to three characters) with a linear SVM."""
    model = make_pipeline(
        TfidfVectorizer(analyzer="char", ngram_range=(1, 3)), LinearSVC(random_state=0)
    )
    model.fit([texts[at] for at in seen], truth[seen])
    guessed: Places = model.predict([texts[at] for at in unseen])
    return guessed


async def measure(run: Run) -> Chapter:
    """Train both on the same rows and score both on the same other rows."""
    mail = read_mail()
    with_ = ExtraFeatures.open().keeping()
    number = run.size(SPLITS, quick=2)
    rows: list[tuple[str, ...]] = []
    bars: list[Bar] = []
    for whole, name in READINGS.items():
        texts = mail.texts(whole=whole)
        pairs = {"80 %": Pair([], []), f"{FEW} a label": Pair([], [])}
        for seen, few, unseen in run.track(list(splits(mail.truth, number)), name):
            for pair, part in zip(pairs.values(), (seen, few), strict=True):
                guess = await asyncio.to_thread(ours, texts, mail, part, unseen, with_)
                plain = await asyncio.to_thread(baseline, texts, mail.truth, part, unseen)
                for scores, item in ((pair.ours, guess), (pair.baseline, plain)):
                    scores.append(macro_f1(mail.truth[unseen], item, len(mail.labels)))
        (all_of_it, all_pair), (little, few_pair) = pairs.items()
        low, high = interval(all_pair.differences, UNSEEN / (1 - UNSEEN))
        few_low, few_high = interval(few_pair.differences, 0.0)
        gain, few_gain = (statistics.fmean(item.differences) for item in (all_pair, few_pair))
        rows.append(_row(name, all_of_it, all_pair, low, high))
        rows.append(_row(name, little, few_pair, few_low, few_high))
        bars += [
            Bar(
                f"gain over the baseline, {name}",
                f"{100 * gain:+.1f} points, at least {100 * low:+.1f}",
                "interval above 0",
                held=low > 0,
            ),
            Bar(
                f"gain with {little}, {name}",
                f"{100 * few_gain:+.1f} points",
                f"≥ {100 * FEW_WANTED:.0f} points",
                held=few_gain >= FEW_WANTED,
            ),
        ]
    return Chapter(
        about=f"""
The citizens' mail, {number} random splits of 80 to 20, the same for both: what
`solvefirst nlu train --data` trains, against TF-IDF of 1 to 3
characters with a LinearSVC. Macro-F1, mean over the splits; {FEW} a label are drawn from the
same 80 %. The interval is that of Student's t over the paired differences, for the whole 80 %
widened for what splits have in common (Nadeau and Bengio 2003).
Aims: {100 * AIM:.0f} and {100 * FEW_AIM:.0f} points.""",
        body=table(
            ("text", "learned from", "ours", "baseline", "difference, points", "95 % interval"),
            rows,
        ),
        bars=bars,
    )


def _row(name: str, part: str, pair: Pair, low: float, high: float) -> tuple[str, ...]:
    return (
        name,
        part,
        f"{statistics.fmean(pair.ours):.3f}",
        f"{statistics.fmean(pair.baseline):.3f}",
        f"{100 * statistics.fmean(pair.differences):+.1f}",
        f"{100 * low:+.1f} to {100 * high:+.1f}",
    )
