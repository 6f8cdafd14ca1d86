"""Classify with linear models from plain arrays: two heads, calibrated confidence."""

import json
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nlu.features import Features, Floats, Indices

FORMAT = 3
HEADS = ("intent", "category")
BROKEN = (
    OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, EOFError,
    zipfile.BadZipFile, zlib.error, MemoryError,
)  # fmt: skip
"""Exceptions of reading arrays that are truncated, altered or made by other software."""


class ModelUnusable(Exception):  # noqa: N818 - a state of the files, said with what to do
    """The model's files are missing, damaged, or of another format."""


class Ranked(NamedTuple):
    """A label and its calibrated probability."""

    name: str
    confidence: float


class LinearHead:
    """One linear model of several labels.

    `weights` has a row per feature and a column per label, in units of the label's `steps`. The
    probability is `keep` x softmax(`scale` x score), with the rest shared evenly. Scale and keep
    were fitted on folds that the weights had not seen.
    """

    def __init__(
        self,
        labels: Sequence[str],
        weights: npt.NDArray[np.int8],
        steps: npt.NDArray[np.floating],
        bias: npt.NDArray[np.floating],
        *,
        scale: float,
        keep: float,
    ) -> None:
        wide = (len(labels),)
        if weights.shape[1:] != wide or steps.shape != wide or bias.shape != wide:
            raise ModelUnusable("weights and labels of the model do not fit together")
        if weights.dtype != np.int8 or not (np.isfinite(steps).all() and np.isfinite(bias).all()):
            raise ModelUnusable("weights of the model are no numbers")
        self.labels = tuple(labels)
        # Stored as bytes: the few rows of a message are widened when they are used.
        self._weights = np.ascontiguousarray(weights)
        self._steps = (steps * scale).astype(np.float32)
        self._keep = keep
        self._bias = (bias * scale).astype(np.float32)

    def shares(self, vector: tuple[Indices, Floats]) -> Floats:
        """Return the probability of each label, in the order of `labels`."""
        places, values = vector
        rows = self._weights.take(places, axis=0).astype(np.float32)
        scores: Floats = (values @ rows) * self._steps + self._bias
        scores -= np.maximum.reduce(scores)
        shares = np.exp(scores)
        shares *= self._keep / np.add.reduce(shares)
        shares += (1 - self._keep) / len(self.labels)
        return shares

    def rank(self, shares: Floats, top: int) -> list[Ranked]:
        """Return the `top` most probable labels of `shares`, most probable first."""
        order = np.argsort(-shares, kind="stable")[:top]
        labels = self.labels
        # As lists: reading single numbers from an array costs more than all the rest.
        return [
            Ranked(labels[at], share)
            for at, share in zip(order.tolist(), shares[order].tolist(), strict=True)
        ]


@dataclass(frozen=True, slots=True)
class Model:
    """Features and heads that were trained together, and the description of their training."""

    features: Features
    heads: Mapping[str, LinearHead]
    description: Mapping[str, object]


def load(folder: Path) -> Model:
    """Read a model from `model.json` and `weights.npz`.

    Raises:
        ModelUnusable: the message names the file and the correction.
    """
    try:
        description = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        with (
            # Opened here, because numpy does not close a file that is not an archive.
            (folder / "weights.npz").open("rb") as file,
            np.load(file, allow_pickle=False) as archive,
        ):
            arrays = {name: archive[name] for name in archive.files}
    except (OSError, ValueError) as error:
        raise ModelUnusable(
            f"cannot read the model in {folder}: {error}; make one with `solvefirst nlu train`"
        ) from error
    if description.get("format") != FORMAT:
        raise ModelUnusable(
            f"the model in {folder} has format {description.get('format')!r}, this version reads "
            f"{FORMAT}; make a new one with `solvefirst nlu train`"
        )
    features = Features(
        description["vocabulary"], arrays["idf"], sign_weight=description["sign_weight"]
    )
    heads = {
        name: LinearHead(
            description["heads"][name]["labels"],
            arrays[f"{name}_weights"],
            arrays[f"{name}_steps"],
            arrays[f"{name}_bias"],
            scale=description["heads"][name]["scale"],
            keep=description["heads"][name]["keep"],
        )
        for name in HEADS
    }
    fit = arrays["idf"].shape == (features.text_size,) and np.isfinite(arrays["idf"]).all()
    if not fit or any(len(arrays[f"{name}_weights"]) != features.size for name in HEADS):
        raise ModelUnusable(f"vocabulary and weights in {folder} do not fit together")
    return Model(features, heads, description)
