"""Read the citizens' mail on which the understanding is measured, and score its labels.

The file is beside the checkout; no shipped model is trained on it.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.frame import ROOT

DATA = ROOT.parent / "shared" / "data"
MAIL = DATA / "messages_dev.csv"
MAP = ROOT / "bench" / "messages_map.yml"

Places = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Mail:
    """Letters in the order of the file; `truth` are indices of `labels`."""

    titles: Sequence[str]
    details: Sequence[str]
    labels: Sequence[str]
    truth: Places

    def texts(self, *, whole: bool) -> list[str]:
        """Return each letter as one text: title and detail as two lines, or only the title."""
        if not whole:
            return list(self.titles)
        return [
            f"{title}\n{detail}" for title, detail in zip(self.titles, self.details, strict=True)
        ]


def read_mail(file: Path = MAIL) -> Mail:
    """Read the file.

    Raises:
        OSError: it is missing.
    """
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    labels = sorted({row["label"] for row in rows})
    return Mail(
        [row["title"].strip() for row in rows],
        [row["detail"].strip() for row in rows],
        labels,
        np.array([labels.index(row["label"]) for row in rows], dtype=np.intp),
    )


def macro_f1(truth: Places, guess: Places, labels: int) -> float:
    """Return macro-F1 over `labels` labels, all of which occur; a guess of -1 is none of them."""
    hits = np.bincount(truth[truth == guess], minlength=labels)
    both = np.bincount(truth, minlength=labels) + np.bincount(guess[guess >= 0], minlength=labels)
    return float((2 * hits / np.maximum(1, both)).mean())
