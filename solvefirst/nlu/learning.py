"""Run `solvefirst nlu review`, `train --with-corrections`, `versions` and `rollback`."""

import asyncio
import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from api.catalogue.rules.catalogue import Catalogue
from api.catalogue.rules.territory import territory_export
from api.catalogue.store.loading import load_catalogue, shipped_catalogue
from api.store.cases.corrections import Correction, Corrections
from kernel.clock import SHANGHAI, SystemClock
from kernel.privacy.crypto import Keyring
from nlu.classify import ModelUnusable
from nlu.evaluation.heldout import HeldOutInvalid
from nlu.examples import TrainingDataInvalid
from nlu.learning.corrections import FiledWords, confusions
from nlu.serve.versions import VersionUnknown
from solvefirst import secrets
from solvefirst.nlu import models
from solvefirst.nlu.understanding import progress_bar
from solvefirst.project import TRAINING_DATA
from solvefirst.settings import Settings
from solvefirst.stores import Stores

if TYPE_CHECKING:
    from nlu.learning.learn import LearningResult

RESTART = "A running service opens it at its next start."


class CorrectionsUnreadable(Exception):  # noqa: N818 - named for what is the case
    """The corrections cannot be read; the message says why."""


def review(limit: int, *, as_json: bool, console: Console) -> int:
    """List staff's corrections by pair of categories."""
    settings = Settings()
    try:
        corrections = _corrections(settings)
    except CorrectionsUnreadable as error:
        console.print(str(error), markup=False, soft_wrap=True)
        return 2
    found = confusions(
        [
            FiledWords(correction.words, correction.before, correction.after)
            for correction in corrections
        ]
    )
    if as_json:
        rows = [
            {
                "from": confusion.before,
                "to": confusion.after,
                "times": confusion.times,
                "examples": list(confusion.examples),
            }
            for confusion in found[:limit]
        ]
        sys.stdout.write(json.dumps(rows, ensure_ascii=False, indent=2) + "\n")
        return 0
    if not found:
        console.print("Staff have filed no case anew yet.")
        return 0
    catalogue = _catalogue(settings)
    table = Table("from", "to", "times", "words, personal data masked", box=None)
    for confusion in found[:limit]:
        table.add_row(
            _named(catalogue, confusion.before),
            _named(catalogue, confusion.after),
            str(confusion.times),
            "\n".join(confusion.examples),
        )
    console.print(table, markup=False)
    console.print(
        f"{len(corrections)} cases filed anew; `solvefirst nlu train --with-corrections` learns"
        " from them."
    )
    return 0


def learn_from_staff(
    settings: Settings, seed: int, progress: Callable[[str, float], None]
) -> "LearningResult":
    """Train a version on nlu/data and staff's corrections; put it in service if it is as good.

    Raises:
        CorrectionsUnreadable: the store cannot be read.
        nlu.learning.learn.ModelWorse: it is worse.
        nlu.classify.ModelUnusable: no version can be opened.
        nlu.examples.TrainingDataInvalid: the data cannot be read.
        nlu.evaluation.heldout.HeldOutInvalid: the evaluation set cannot be read.
    """
    from nlu.learning.learn import learn  # noqa: PLC0415 - scikit-learn, not for serving

    return learn(
        models.versions(settings),
        [
            FiledWords(correction.words, correction.before, correction.after)
            for correction in _corrections(settings)
        ],
        [TRAINING_DATA],
        territory_export(_catalogue(settings).territory),
        SystemClock().now().astimezone(SHANGHAI),
        seed=seed,
        progress=progress,
    )


def train(seed: int, console: Console) -> int:
    """Train a new version on nlu/data and the corrections; return 1 when it is rejected."""
    from nlu.learning.learn import ComparedFigure, ModelWorse  # noqa: PLC0415 - scikit-learn, not for serving

    settings = Settings()

    def table(figures: tuple[ComparedFigure, ...]) -> Table:
        rows = Table("on the evaluation set", "best so far", "new", "", box=None)
        for figure in figures:
            rows.add_row(
                figure.what,
                f"{figure.old:.3f}",
                f"{figure.new:.3f}",
                "" if figure.kept else "[red]worse[/red]",
            )
        return rows

    try:
        with progress_bar(console) as progress:
            bar = progress.add_task("", total=1.0)
            learned = learn_from_staff(
                settings,
                seed,
                lambda step, share: progress.update(bar, description=step, completed=share),
            )
    except ModelWorse as worse:
        console.print(table(worse.figures))
        console.print(f"Refused: {worse}. The old model stays.", markup=False, soft_wrap=True)
        console.print("`solvefirst nlu review` shows what it was to learn.")
        return 1
    except (CorrectionsUnreadable, HeldOutInvalid, ModelUnusable, TrainingDataInvalid) as error:
        console.print(str(error), markup=False, soft_wrap=True)
        return 2
    console.print(table(learned.figures))
    console.print(
        f"Version {learned.version} learned from {learned.learned} corrections and takes the place "
        f"of {learned.before}. {RESTART}",
        soft_wrap=True,
    )
    if learned.unknown:
        unknown = ", ".join(learned.unknown)
        console.print(f"Not learned, as nlu/data has no sentence of them: {unknown}.")
    if learned.dropped:
        console.print(f"Dropped, as only the last few stay: {', '.join(learned.dropped)}.")
    return 0


def versions(console: Console) -> int:
    """List the versions, and mark the one in service."""
    known = models.versions(Settings())
    current = known.current()
    table = Table("", "version", "corrections", "made after", "figures", box=None)
    for name in known.names():
        about = known.about(name)
        figures = about.get("figures", {})
        table.add_row(
            "→" if name == current else "",
            name,
            str(about.get("corrections", "")),
            str(about.get("before", "")),
            ", ".join(f"{what} {value:.3f}" for what, value in figures.items()),
        )
    console.print(table)
    if current not in known.names():
        console.print(f"{current} is to serve and is gone; the last good one serves.")
    return 0


def rollback(version: str | None, console: Console) -> int:
    """Return to the previous version, or to the named one."""
    try:
        name = models.versions(Settings()).rollback(version)
    except (VersionUnknown, ModelUnusable) as error:
        console.print(f"Nothing changed: {error}", markup=False, soft_wrap=True)
        return 2
    console.print(f"Version {name} serves. {RESTART}")
    return 0


def _corrections(settings: Settings) -> list[Correction]:
    async def read() -> list[Correction]:
        stores = Stores.open(settings)
        try:
            keyring = Keyring.from_setting(secrets.secret_key(settings))
            return await stores.api.read(lambda tx: Corrections(tx, keyring).all())
        finally:
            await stores.close()

    try:
        return asyncio.run(read())
    except SQLAlchemyError as error:
        raise CorrectionsUnreadable(
            f"The corrections cannot be read: {str(error.args[0]).strip()}. Is the store at this "
            "version (`solvefirst db status`)?"
        ) from error


def _catalogue(settings: Settings) -> Catalogue:
    return load_catalogue(settings.catalogue or shipped_catalogue())


def _named(catalogue: Catalogue, code: str) -> str:
    category = catalogue.categories.get(code)
    return f"{code} {category.names.zh}" if category else code
