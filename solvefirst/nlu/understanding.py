"""Run `solvefirst nlu`: train the model, measure it, test it on a message."""

import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from api.catalogue.rules.territory import territory_export
from api.catalogue.store.loading import load_catalogue, shipped_catalogue
from kernel.clock import SHANGHAI, SystemClock
from nlu.classify import ModelUnusable
from nlu.examples import TrainingDataInvalid
from nlu.serve.understanding import MODEL
from nlu.serve.versions import VersionUnknown
from solvefirst.nlu import models
from solvefirst.project import TRAINING_DATA
from solvefirst.settings import Settings


def train(output: Path | None, seed: int, console: Console) -> int:
    """Train from nlu/data with the catalogue's territory; show progress and figures."""
    from nlu.training.train import train as run  # noqa: PLC0415 - scikit-learn, which serving never loads

    settings = Settings()
    gazetteer = territory_export(
        load_catalogue(settings.catalogue or shipped_catalogue()).territory
    )
    with progress_bar(console) as progress:
        bar = progress.add_task("", total=1.0)
        report = run(
            [TRAINING_DATA],
            output or MODEL,
            gazetteer,
            seed=seed,
            progress=lambda step, share: progress.update(bar, description=step, completed=share),
        )
    table = Table(
        *("head", "n", "labels", "accuracy", "acts", "macro-F1", "ECE"),
        *("95 % at", "covers"),
        box=None,
    )
    for name, head in report.heads.items():
        table.add_row(
            name,
            str(head.examples),
            str(head.labels),
            f"{head.accuracy:.3f}",
            f"{head.accuracy_of_acts:.3f}",
            f"{head.macro_f1:.3f}",
            f"{head.calibration_error:.3f}",
            "-" if head.threshold is None else f"{head.threshold:.2f}",
            "-" if head.covered is None else f"{head.covered:.0%}",
        )
    console.print(table)
    console.print(
        f"cross-validated on nlu/data; {report.vocabulary} pieces, {report.areas} areas, "
        f"{report.bytes / 2**20:.1f} MiB in {output or MODEL}"
    )
    return 0


def evaluate(
    files: list[Path],
    picture: Path | None,
    model: str | None,
    *,
    as_json: bool,
    console: Console,
) -> int:
    """Measure a model on the held-out set or labelled files."""
    from nlu.evaluation.evaluate import evaluate_yaml  # noqa: PLC0415 - not for serving
    from nlu.evaluation.heldout_scores import evaluate_held_out  # noqa: PLC0415
    from nlu.evaluation.picture import picture as draw  # noqa: PLC0415

    if files and picture:
        console.print("A picture is drawn of the held-out set: leave the files out.")
        return 2
    try:
        settings = Settings()
        folder = models.folder_of(model, settings)
        with progress_bar(console) as progress:
            bar = progress.add_task("reading and scoring", total=1.0)

            def done(share: float) -> None:
                progress.update(bar, completed=share)

            if files:
                evaluation = evaluate_yaml(files, folder, done)
                text, figures = evaluation.as_text(), evaluation.as_dict()
            else:
                report = evaluate_held_out(folder, progress=done)
                text, figures = report.as_text(), report.as_dict()
                if picture:
                    picture.write_text(draw(report), encoding="utf-8")
    except (ModelUnusable, VersionUnknown, TrainingDataInvalid) as error:
        console.print(str(error), markup=False, soft_wrap=True)
        return 2
    show(text, figures, as_json=as_json, console=console)
    return 0


def show(text: str, figures: dict[str, Any], *, as_json: bool, console: Console) -> None:
    """Print the main figures as text, or all of them as JSON on standard output."""
    if as_json:
        sys.stdout.write(json.dumps(figures, ensure_ascii=False, indent=2) + "\n")
    else:
        console.print(text, markup=False, soft_wrap=True)


def parse(text: str, *, as_json: bool, console: Console) -> int:
    """Show how one message is understood."""
    message = sys.stdin.read() if text == "-" else text
    settings = Settings()
    known = models.versions(settings)
    opened = known.open()
    reading = opened.understanding.parse(message, SystemClock().now().astimezone(SHANGHAI))
    if as_json:
        sys.stdout.write(json.dumps(reading, ensure_ascii=False, indent=2, default=str) + "\n")
        return 0
    catalogue = load_catalogue(settings.catalogue or shipped_catalogue())
    table = Table(box=None, show_header=False)
    table.add_row("intent", *_ranked(reading["intent_ranking"], "name"))
    names = {code: category.names.zh for code, category in catalogue.categories.items()}
    ranking = [
        {"name": f"{row['code']} {names.get(row['code'], '')}", "confidence": row["confidence"]}
        for row in reading["category"]["ranking"]
    ]
    table.add_row("category", *_ranked(ranking, "name"))
    for matter in reading.get("matters", ()):
        table.add_row(
            "matter", matter["category"]["code"], message[matter["start"] : matter["end"]]
        )
    for entity in reading["entities"]:
        value = json.dumps(entity["value"], ensure_ascii=False, default=str)
        table.add_row(entity["entity"], entity["text"], value)
    console.print(table)
    return 0


def _ranked(ranking: list[dict[str, object]], key: str) -> list[str]:
    return [f"{row[key]} {row['confidence']:.2f}" for row in ranking[:3]]


def progress_bar(console: Console) -> Progress:
    """Make a progress bar for one task at a time, which disappears at the end."""
    columns = (TextColumn("{task.description:28}"), BarColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True)
