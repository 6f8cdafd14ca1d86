"""Train a model on staff's corrections, and decide whether it may serve.

Never loaded in serving.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from nlu.evaluation.heldout import EVALUATION
from nlu.evaluation.heldout_scores import Figure, HeldOutReport, evaluate_held_out
from nlu.examples import read_data
from nlu.learning.corrections import FiledWords, words_of
from nlu.serve.versions import SHIPPED, Versions
from nlu.training.train import train

Progress = Callable[[str, float], None]

GATED = (
    "intent macro-F1", "category top-1", "category top-2", "emergency recall",
    "emergency precision",
)  # fmt: skip
"""The figures of the evaluation set that a new model must not lower."""
LEEWAY = 0.005
"""Allowed loss of a figure: a few sentences of the set, which change with every training."""


@dataclass(frozen=True, slots=True)
class ComparedFigure:
    """One figure of the new model, and the best of the compared models."""

    what: str
    old: float
    new: float

    @property
    def kept(self) -> bool:
        """Whether the new model is as good."""
        return self.new >= self.old - LEEWAY


class ModelWorse(Exception):  # noqa: N818 - named for what is the case
    """A model is worse than an earlier one and is rejected."""

    def __init__(self, figures: Sequence[ComparedFigure]) -> None:
        worse = ", ".join(
            f"{figure.what} {figure.new:.3f} instead of {figure.old:.3f}"
            for figure in figures
            if not figure.kept
        )
        super().__init__(f"the new model is worse on the evaluation set: {worse}")
        self.figures = tuple(figures)


@dataclass(frozen=True, slots=True)
class LearningResult:
    """An accepted version: its figures, what it learned, and what it could not learn."""

    version: str
    before: str
    figures: tuple[ComparedFigure, ...]
    learned: int
    unknown: tuple[str, ...]
    dropped: tuple[str, ...]


def compare(new: HeldOutReport, others: Iterable[HeldOutReport]) -> list[ComparedFigure]:
    """Compare each gated figure with the best of the other models."""
    olds = [_gated(other) for other in others]
    return [
        ComparedFigure(what, max(old[what].value for old in olds), figure.value)
        for what, figure in _gated(new).items()
    ]


def _gated(report: HeldOutReport) -> dict[str, Figure]:
    figures = {figure.what: figure for figure in report.figures()}
    return {what: figures[what] for what in GATED}


def learn(
    versions: Versions,
    filed: Sequence[FiledWords],
    data_dirs: Sequence[Path],
    gazetteer: Mapping[str, Any] | None,
    now: datetime,
    *,
    evaluation: Path | None = None,
    seed: int = 7,
    progress: Progress | None = None,
) -> LearningResult:
    """Train on the data and on staff's corrections, and put the new version in service.

    It must be as good on the evaluation set as the current and as the shipped version, so that many
    small losses do not add up. Otherwise nothing changes.

    Raises:
        ModelWorse: the new version is worse.
        nlu.examples.TrainingDataInvalid: the data cannot be read.
        nlu.evaluation.heldout.HeldOutInvalid: the evaluation set cannot be read.
        nlu.classify.ModelUnusable: no version can be opened.
    """
    tell = progress or (lambda _step, _share: None)
    held_out = evaluation or EVALUATION
    before = versions.open().name
    examples = read_data(data_dirs).examples
    words, unknown = words_of(filed, (example.category for example in examples if example.category))
    figures: list[ComparedFigure] = []

    def fill(folder: Path) -> Mapping[str, Any]:
        train(data_dirs, folder, gazetteer, seed=seed, more=words, progress=tell)
        tell("comparing", 0.0)
        new = evaluate_held_out(folder, held_out, lambda share: tell("comparing", share / 2))
        others = [
            evaluate_held_out(versions.path(name), held_out)
            for name in dict.fromkeys((before, SHIPPED))
        ]
        figures.extend(compare(new, others))
        if not all(figure.kept for figure in figures):
            raise ModelWorse(figures)
        return {
            "corrections": len(words),
            "figures": {figure.what: round(figure.new, 4) for figure in figures},
        }

    name = versions.make(fill, now, before)
    versions.point(name)
    return LearningResult(
        name, before, tuple(figures), len(words), unknown, tuple(versions.prune())
    )
