"""Run `solvefirst nlu … --data`: measure or train a model on a city's own labelled file."""

from collections.abc import Callable, Collection
from pathlib import Path

from rich.console import Console

from nlu.classify import ModelUnusable
from nlu.evaluation.labelled import Labelled, LabelledInvalid, read_map
from nlu.serve.labeller import LabelGuess, is_labeller
from nlu.serve.labeller import load as load_labeller
from nlu.serve.stacked import ExtraFeatures
from nlu.serve.versions import VersionUnknown, open_checked
from solvefirst.nlu import models
from solvefirst.nlu.understanding import progress_bar, show
from solvefirst.settings import Settings

_WRONG = (LabelledInvalid, ModelUnusable, VersionUnknown)
"""Errors that the caller can correct: printed without a traceback."""


def evaluate(
    data: Path,
    text: list[str],
    label: str,
    map_: Path | None,
    model: str | None,
    picture: Path | None,
    *,
    as_json: bool,
    console: Console,
) -> int:
    """Measure a model on a labelled file; return 2 when file, map or model cannot be used."""
    from nlu.evaluation.labelled_scores import score_labelled  # noqa: PLC0415 - not for serving
    from nlu.evaluation.picture import labelled_picture  # noqa: PLC0415

    if picture and not picture.parent.is_dir():
        console.print(f"There is no folder {picture.parent} for the picture.", markup=False)
        return 2
    try:
        labelled = Labelled.open(data, text, label)
        predict, labels = _predictor(models.folder_of(model, Settings()))
        lead = read_map(map_, labels) if map_ else None
        with progress_bar(console) as progress:
            bar = progress.add_task("reading and scoring", total=1.0)
            report = score_labelled(
                labelled,
                predict,
                labels,
                lead,
                lambda share: progress.update(bar, completed=share),
            )
    except _WRONG as error:
        console.print(str(error), markup=False, soft_wrap=True)
        return 2
    if picture:
        picture.write_text(labelled_picture(report), encoding="utf-8")
    show(report.as_text(), report.as_dict(), as_json=as_json, console=console)
    return 0


def train(
    data: Path,
    text: list[str],
    label: str,
    output: Path | None,
    out_of_scope: str | None,
    rows: int | None,
    *,
    seed: int,
    console: Console,
) -> int:
    """Train a classifier on a labelled file; return 2, writing nothing, when it cannot be used."""
    from nlu.training.labeller import MOST_ROWS, train_labeller  # noqa: PLC0415 - scikit-learn

    folder = output or Settings().var / "labels" / data.stem
    try:
        if (folder / "model.json").exists() and not is_labeller(folder):
            raise ModelUnusable(f"{folder} holds a model of another kind; choose another --output")
        labelled = Labelled.open(data, text, label)
        with progress_bar(console) as progress:
            bar = progress.add_task("", total=1.0)
            trained = train_labeller(
                labelled.rows(
                    lambda share: progress.update(bar, description="drawing", completed=share)
                ),
                ExtraFeatures.open(),
                out_of_scope=out_of_scope,
                most=rows or MOST_ROWS,
                seed=seed,
                progress=lambda step, share: progress.update(
                    bar, description=step, completed=share
                ),
            )
    except _WRONG as error:
        console.print(str(error), markup=False, soft_wrap=True)
        return 2
    trained.write(folder)
    report = trained.report
    console.print("\n".join(report.unseen.as_lines("rows not learned from")), markup=False)
    if report.rare:
        console.print(f"left out, too few rows: {', '.join(report.rare)}", markup=False)
    console.print(
        f"learned from {report.rows} different rows of {report.offered} ({labelled.empty} without "
        f"text or label skipped), {report.vocabulary} pieces; the model is in {folder}",
        markup=False,
        soft_wrap=True,
    )
    return 0


def _predictor(folder: Path) -> tuple[Callable[[str], LabelGuess], Collection[str]]:
    if is_labeller(folder):
        labeller = load_labeller(folder)
        outside = [labeller.rejection.name] if labeller.rejection else []
        return labeller, {*labeller.labels, *outside}
    understanding = open_checked(folder)

    def predict(text: str) -> LabelGuess:
        category = understanding.parse(text)["category"]
        return LabelGuess(category["code"], category["confidence"])

    return predict, understanding.model.heads["category"].labels
