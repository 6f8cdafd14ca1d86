"""Train the model from sentences in Rasa's YAML to plain arrays. Not loaded in serving."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix  # type: ignore[import-untyped, unused-ignore]
from sklearn.model_selection import (  # type: ignore[import-untyped, unused-ignore]
    StratifiedKFold,
)
from sklearn.svm import LinearSVC  # type: ignore[import-untyped, unused-ignore]

from nlu.classify import FORMAT, HEADS
from nlu.examples import TrainingData, TrainingDataInvalid, Word, data_hash, read_data
from nlu.extract import Extractor
from nlu.extract.places.gazetteer import FILE, Gazetteer, areas_of
from nlu.features import Features
from nlu.metrics import Array, Places, shares_of
from nlu.training.danger import train_alarm
from nlu.training.judging import HeadReport, calibrate, report_of
from nlu.training.samples import Sample, build_vocabulary, matrix, prepare, reading_hash
from nlu.training.tagger import train_tagger

Progress = Callable[[str, float], None]

FOLDS = 5
SIGN_WEIGHT = 0.35
COST = 1.0
TOLERANCE = 0.1
"""Solver tolerance: cross-validation gives the same scores as with 0.0001, in half the time."""
MOST_STEPS = 127
PARENT_LENGTH = 2
PARENT_SHARE = 0.25
BALANCE = 0.5
"""How much rare labels are weighted up: 0 not at all, 1 to equal weight. With 0.5 neither the
recall of rare labels nor the precision of frequent ones suffers."""


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """Result of a training: each head by cross-validation, sizes, the hash of the data."""

    heads: Mapping[str, HeadReport]
    vocabulary: int
    bytes: int
    areas: int
    data_hash: str


def train(
    data_dirs: Sequence[Path],
    output_dir: Path,
    gazetteer: Mapping[str, Any] | None,
    *,
    seed: int,
    more: Iterable[Word] = (),
    progress: Progress | None = None,
) -> TrainingReport:
    """Train both heads on the data of `data_dirs` and `more`, and write the model to `output_dir`.

    `gazetteer` is the catalogue's export, `{"areas": [{code, name, level, parent, aliases}, …]}`.
    Without it an existing file in `output_dir` is kept. `progress` receives each step and the
    finished share. The same data, gazetteer and seed give the same model.

    Raises:
        nlu.examples.TrainingDataInvalid: the data cannot be read, or a label has too few sentences.
        ValueError: the gazetteer has an unknown level.
    """
    tell = progress or (lambda _step, _share: None)
    tell("reading", 0.0)
    output_dir.mkdir(parents=True, exist_ok=True)
    data = read_data(data_dirs)
    data = TrainingData(data.examples, tuple(dict.fromkeys((*data.words, *more))))
    areas = _gazetteer(output_dir, gazetteer)
    places = Gazetteer(areas_of(areas))
    tagger = train_tagger(data.examples, places, output_dir, seed=seed)
    samples = prepare(data, Extractor(places, tagger))
    _enough(samples)

    reports: dict[str, HeadReport] = {}
    vocabulary, idf = build_vocabulary(samples)
    features = Features(vocabulary, idf, sign_weight=SIGN_WEIGHT)
    arrays: dict[str, npt.NDArray[np.generic]] = {"idf": idf.astype(np.float16)}
    heads: dict[str, dict[str, Any]] = {}
    # The category first: its confidence is a feature of the intent.
    for done, head in zip((0.1, 0.4), reversed(HEADS), strict=True):
        tell(f"cross-validating {head}", done)
        scores, truth, labels = cross_validate(samples, head, seed)
        scale, keep = calibrate(scores, truth)
        shares = shares_of(scores, scale, keep)
        words = sum(sample.is_word and head in sample.labels for sample in samples)
        reports[head] = report_of(shares, truth, labels, words)
        tell(f"training {head}", done + 0.2)
        weights, bias, labels = fit(features, _of_head(samples, head), head, seed)
        arrays[f"{head}_weights"], arrays[f"{head}_steps"] = in_steps(weights)
        arrays[f"{head}_bias"] = bias.astype(np.float32)
        heads[head] = {"labels": labels, "scale": round(scale, 4), "keep": round(keep, 2)}
        if head == "category":
            others = matrix(features, [sample for sample in samples if head not in sample.labels])
            unseen = shares_of(others @ weights + bias, scale, keep)
            samples = _with_certainty(samples, shares.max(axis=1), unseen.max(axis=1))

    tell("writing", 0.65)
    digest = data_hash(data)
    hashes = {"data_hash": digest, "reading_hash": reading_hash(samples)}
    _write(output_dir, vocabulary, arrays, heads, hashes, reports, seed)
    train_alarm(data_dirs, output_dir, seed=seed)
    size = sum(file.stat().st_size for file in output_dir.iterdir() if file.is_file())
    tell("done", 1.0)
    reports = {head: reports[head] for head in HEADS}
    return TrainingReport(reports, len(vocabulary), size, len(areas), digest)


def _gazetteer(output_dir: Path, gazetteer: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    file = output_dir / FILE
    if gazetteer is None:
        return json.loads(file.read_text(encoding="utf-8"))["areas"] if file.exists() else []
    areas = list(gazetteer["areas"])
    lines = ",\n".join(json.dumps(area, ensure_ascii=False, sort_keys=True) for area in areas)
    file.write_text(f'{{"areas": [\n{lines}\n]}}\n', encoding="utf-8")
    return areas


def _enough(samples: Sequence[Sample]) -> None:
    for head in HEADS:
        counts = Counter(
            sample.labels[head] for sample in _of_head(samples, head) if not sample.is_word
        )
        if len(counts) < 2:
            raise TrainingDataInvalid(f"the sentences have {len(counts)} labels of {head}, not two")
        rare = sorted(label for label, count in counts.items() if count < FOLDS)
        if rare:
            raise TrainingDataInvalid(f"fewer than {FOLDS} sentences of {head}: {', '.join(rare)}")
        words = {sample.labels[head] for sample in _of_head(samples, head) if sample.is_word}
        if words - counts.keys():
            raise TrainingDataInvalid(
                f"words but no sentence of {head}: {sorted(words - counts.keys())}"
            )


def _with_certainty(samples: Sequence[Sample], labelled: Array, others: Array) -> list[Sample]:
    """Add the category's confidence to samples, from a model that was not trained on them.

    `labelled` are the confidences of sentences with a category, by cross-validation; `others` those
    of all samples without one. Words of a category are not used for the intent and stay unchanged.
    """
    of_labelled, of_others = iter(labelled.tolist()), iter(others.tolist())
    return [
        sample
        if sample.is_word and "category" in sample.labels
        else replace(
            sample, certainty=next(of_labelled if "category" in sample.labels else of_others)
        )
        for sample in samples
    ]


def _of_head(samples: Iterable[Sample], head: str) -> list[Sample]:
    return [sample for sample in samples if head in sample.labels]


def fit(
    features: Features, samples: Sequence[Sample], head: str, seed: int
) -> tuple[Array, Array, list[str]]:
    """Fit weights (features x labels) and bias of one head; return its labels too.

    A category's score includes a share of its first level's score, whose code it begins with, so
    that a category with few sentences profits from its siblings.
    """
    labels = sorted({sample.labels[head] for sample in samples})
    vectors = matrix(features, samples)
    truth = np.array([labels.index(sample.labels[head]) for sample in samples], dtype=np.intp)
    balance = balance_of(truth)
    weights, bias = linear(vectors, truth, balance, seed)
    parents = sorted({label[:PARENT_LENGTH] for label in labels})
    if head == "category" and len(parents) > 1:
        parent = np.array([parents.index(label[:PARENT_LENGTH]) for label in labels], dtype=np.intp)
        above, above_bias = linear(vectors, parent[truth], balance, seed)
        weights += PARENT_SHARE * above[:, parent]
        bias += PARENT_SHARE * above_bias[parent]
    return weights, bias, labels


def balance_of(truth: Places) -> Array:
    """Return the weight of each row by the rarity of its label."""
    frequency = np.bincount(truth)
    weight: Array = (len(truth) / np.count_nonzero(frequency) / frequency[truth]) ** BALANCE
    return weight


def linear(vectors: csr_matrix, truth: Places, balance: Array, seed: int) -> tuple[Array, Array]:
    """Fit weights (features x labels) and bias of one linear model; labels as in `truth`."""
    model = LinearSVC(C=COST, random_state=seed, max_iter=5_000, tol=TOLERANCE)
    model.fit(vectors, truth, sample_weight=balance)
    weights, bias = model.coef_.T.copy(), model.intercept_.copy()
    if weights.shape[1] == 1:
        # For two labels scikit-learn returns one column, positive for the second.
        weights, bias = np.hstack((-weights, weights)), np.hstack((-bias, bias))
    return weights, bias


def cross_validate(
    samples: Sequence[Sample], head: str, seed: int
) -> tuple[Array, Places, list[str]]:
    """Return scores of each sentence by models that had not seen it, true indices, labels.

    The vocabulary is built again for each fold, and training words that equal a held-out sentence
    are left out, so that nothing of the held-out part leaks in.
    """
    chosen = [sample for sample in _of_head(samples, head) if not sample.is_word]
    words = [sample for sample in samples if sample.is_word]
    others = [sample for sample in samples if not sample.is_word and head not in sample.labels]
    labels = sorted({sample.labels[head] for sample in chosen})
    place = {label: at for at, label in enumerate(labels)}
    truth = np.array([place[sample.labels[head]] for sample in chosen], dtype=np.intp)
    scores = np.zeros((len(chosen), len(labels)))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    for seen, unseen in folds.split(truth, truth):
        held_out = [chosen[at] for at in unseen]
        texts = {sample.text for sample in held_out}
        known = [chosen[at] for at in seen]
        known += [word for word in words if word.text not in texts]
        features = Features(*build_vocabulary(known + others), sign_weight=SIGN_WEIGHT)
        weights, bias, fold_labels = fit(features, _of_head(known, head), head, seed)
        columns = [fold_labels.index(label) for label in labels]
        scores[unseen] = (matrix(features, held_out) @ weights + bias)[:, columns]
    return scores, truth, labels


def in_steps(weights: Array) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """Quantise weights (features x labels) to bytes; return them and the step of each label.

    Weights below half a step become zero, which compresses well. Rounding changes a score by less
    than the training's own tolerance.
    """
    steps = np.maximum(np.abs(weights).max(axis=0) / MOST_STEPS, np.finfo(np.float32).tiny)
    return np.rint(weights / steps).astype(np.int8), steps.astype(np.float32)


def _write(
    folder: Path,
    vocabulary: Sequence[str],
    arrays: Mapping[str, npt.NDArray[np.generic]],
    heads: Mapping[str, Mapping[str, Any]],
    hashes: Mapping[str, str],
    reports: Mapping[str, HeadReport],
    seed: int,
) -> None:
    np.savez_compressed(folder / "weights.npz", allow_pickle=False, **arrays)
    description = {
        "format": FORMAT,
        **hashes,
        "seed": seed,
        "sign_weight": SIGN_WEIGHT,
        "cross_validation": {
            head: {
                "accuracy": round(report.accuracy, 4),
                "accuracy_of_acts": round(report.accuracy_of_acts, 4),
                "macro_f1": round(report.macro_f1, 4),
                "calibration_error": round(report.calibration_error, 4),
            }
            for head, report in reports.items()
        },
        "heads": heads,
        "vocabulary": vocabulary,
    }
    text = json.dumps(description, ensure_ascii=False, separators=(",", ":"))
    (folder / "model.json").write_text(text + "\n", encoding="utf-8")
