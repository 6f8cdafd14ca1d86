"""Train the alarm model on dangers and near misses. Not loaded in serving.

Negatives are all sentences that are not an emergency, also bare answers and farewells. Those of
`near-misses.yml` have more weight, because they are the hardest to distinguish. The few sentences
of other intents that do report a danger are left out (`reported_danger` in
`nlu/data/words/danger.yml`): a gas leak may be reported as a matter of the gas supplier.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import yaml
from scipy.sparse import csr_matrix  # type: ignore[import-untyped, unused-ignore]
from sklearn.model_selection import (  # type: ignore[import-untyped, unused-ignore]
    StratifiedKFold,
)
from sklearn.svm import LinearSVC  # type: ignore[import-untyped, unused-ignore]

from nlu.danger.emergency import FEW_WORDS, by_rules, evidence
from nlu.danger.score import FILE, FORMAT, Lexicon
from nlu.examples import LOADER, Example, data_hash, read_data, yaml_files
from nlu.normalise import read

Array = npt.NDArray[np.float64]
Marks = npt.NDArray[np.bool_]

NEAR_MISSES = "near-misses.yml"
REPORTED = "reported_danger"
FOLDS = 5
LEAST = 2
LEAST_ELSEWHERE = 6
COST = 0.2
DANGER_COUNTS, NEAR_COUNTS, OTHER_COUNTS = 10.0, 10.0, 1.0
"""Weights of a danger, a near miss and another sentence in training. A sentence of few words counts
as a near miss, because people answer a form's questions with "4楼" and "女"."""
RECALL = 0.92
"""Share of unseen dangers that must raise the alarm; the threshold is the highest one with this
share. The training sentences are hard on purpose: on the held-out set the share is higher."""


@dataclass(frozen=True, slots=True)
class AlarmReport:
    """Scores of the alarm by cross-validation.

    They are the shares of dangers and near misses that raise it, the alarms per 1,000 other
    sentences, and the share of right kinds.
    """

    dangers: int
    near_misses: int
    recall: float
    near_miss_alarms: float
    alarms_elsewhere: float
    kind_right: float


def train_alarm(data_dirs: Sequence[Path], output_dir: Path, *, seed: int) -> AlarmReport | None:
    """Train the alarm on the data of `data_dirs` and write it to `output_dir`.

    Without two kinds of danger, each of at least five sentences, nothing is written or reported.
    """
    files = yaml_files(data_dirs)
    examples = read_data(data_dirs).examples
    dangers = [example for example in examples if example.danger]
    kinds = sorted({example.danger for example in dangers if example.danger})
    near_texts, unnamed = _near_misses(files)
    if len(kinds) < LEAST or min(Counter(example.danger for example in dangers).values()) < FOLDS:
        return None
    words = lexicon_of(files)
    reported = {text for _, text in _tables(files, REPORTED)}
    examples = tuple(
        example
        for example in examples
        if example.danger or example.text in near_texts or example.text not in reported
    )
    examples += tuple(Example(text, "", None) for text in unnamed)
    lexicon = Lexicon(words)
    even = [read(example.text).text for example in examples]
    seen = [frozenset(lexicon.features(text) | evidence(text)) for text in even]
    danger = np.array([example.danger is not None for example in examples])
    near = np.array([example.text in near_texts for example in examples]) & ~danger
    short = np.array([not FEW_WORDS.isdisjoint(features) for features in seen])
    counts = np.where(danger, DANGER_COUNTS, np.where(near | short, NEAR_COUNTS, OTHER_COUNTS))
    kind = np.array([kinds.index(example.danger) if example.danger else -1 for example in examples])

    scores, guessed = np.zeros(len(examples)), kind.copy()
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    for known, unseen in folds.split(kind, kind * 2 + near):
        vocabulary, idf = _vocabulary([seen[at] for at in known.tolist()], (danger | near)[known])
        weights, bias = _fit(
            _matrix([seen[at] for at in known.tolist()], vocabulary, idf),
            danger[known], counts[known], kind[known], seed,
        )  # fmt: skip
        held = _matrix([seen[at] for at in unseen], vocabulary, idf) @ weights + bias
        scores[unseen], guessed[unseen] = held[:, 0], held[:, 1:].argmax(axis=1)
    threshold = float(np.quantile(scores[danger], 1 - RECALL, method="lower"))

    vocabulary, idf = _vocabulary(seen, danger | near)
    weights, bias = _fit(_matrix(seen, vocabulary, idf), danger, counts, kind, seed)
    bias[0] -= threshold
    alarms = scores >= threshold
    for at in np.flatnonzero(danger).tolist():
        found = by_rules(examples[at].text)
        if found and found.kind in kinds:
            guessed[at] = kinds.index(found.kind)
    report = AlarmReport(
        int(danger.sum()),
        int(near.sum()),
        float(alarms[danger].mean()),
        float(alarms[near].mean()) if near.any() else 0.0,
        1_000 * float(alarms[~danger & ~near].mean()),
        float((guessed == kind)[danger].mean()),
    )
    about = {
        "format": FORMAT, "kinds": kinds, "words": words, "seed": seed,
        "data_hash": alarm_hash(data_dirs), "threshold": threshold,
        "cross_validation": asdict(report),
    }  # fmt: skip
    np.savez_compressed(
        output_dir / FILE,
        allow_pickle=False,
        about=_bytes(json.dumps(about, ensure_ascii=False)),
        vocabulary=_bytes("\n".join(vocabulary)),
        idf=idf.astype(np.float16),
        weights=(weights * idf[:, None]).astype(np.float16),
        bias=bias.astype(np.float32),
    )
    return report


def alarm_hash(data_dirs: Sequence[Path]) -> str:
    """Hash the alarm's training data: sentences, near misses and words by class."""
    files = yaml_files(data_dirs)
    tables = sorted(
        f"{name}\t{text}"
        for head in ("danger_", "near_miss_", REPORTED)
        for name, text in _tables(files, head)
    )
    near = sorted(_near_misses(files)[0])
    lines = (data_hash(read_data(data_dirs)), *tables, *near)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def lexicon_of(files: Sequence[Path]) -> dict[str, list[str]]:
    """Read words and their classes from look-up tables named `danger_<class>`."""
    words: dict[str, list[str]] = {}
    for name, text in _tables(files, "danger_"):
        words.setdefault(text, []).append(name)
    return words


def _near_misses(files: Sequence[Path]) -> tuple[set[str], list[str]]:
    """Read all near misses, and those without an intent, from tables named `near_miss_<sort>`."""
    files = [file for file in files if file.name == NEAR_MISSES]
    unnamed = [text for _, text in _tables(files, "near_miss_")]
    named = {example.text for example in read_data(files).examples} if files else set()
    return named | set(unnamed), unnamed


def _tables(files: Sequence[Path], head: str) -> Iterator[tuple[str, str]]:
    for file in files:
        content = yaml.load(file.read_text(encoding="utf-8"), LOADER)  # noqa: S506 - a safe loader
        for block in content.get("nlu") or ():
            if block.get("lookup", "").startswith(head):
                for line in block["examples"].splitlines():
                    yield block["lookup"].removeprefix(head), line.strip().removeprefix("- ")


def _vocabulary(seen: Sequence[frozenset[str]], of_danger: Marks) -> tuple[list[str], Array]:
    """Return features of several dangers, near misses, or many sentences, with their rarity."""
    counts = Counter(feature for features in seen for feature in features)
    near = Counter(feature for at in np.flatnonzero(of_danger).tolist() for feature in seen[at])
    kept = sorted(
        feature
        for feature, count in counts.items()
        if near[feature] >= LEAST or count >= LEAST_ELSEWHERE
    )
    often = np.array([counts[feature] for feature in kept], dtype=np.float64)
    return kept, np.log((1 + len(seen)) / (1 + often)) + 1


def _matrix(seen: Sequence[frozenset[str]], vocabulary: Sequence[str], idf: Array) -> csr_matrix:
    place = {feature: at for at, feature in enumerate(vocabulary)}
    rows = [
        np.array(sorted(place[feature] for feature in some if feature in place), dtype=np.int32)
        for some in seen
    ]
    values = [idf[row] / (np.sqrt((idf[row] ** 2).sum()) or 1.0) for row in rows]
    ends = np.cumsum([0, *map(len, rows)]).astype(np.int32)
    return csr_matrix(
        (np.concatenate(values), np.concatenate(rows), ends), shape=(len(seen), len(vocabulary))
    )


def _fit(
    vectors: csr_matrix,
    danger: Marks,
    counts: Array,
    kind: npt.NDArray[np.intp],
    seed: int,
) -> tuple[Array, Array]:
    """Fit weights (features x danger and kinds) and bias; `counts` are the sentences' weights."""
    alarm = LinearSVC(C=COST, random_state=seed).fit(vectors, danger, sample_weight=counts)
    which = LinearSVC(random_state=seed).fit(vectors[danger], kind[danger])
    rows, biases = which.coef_, which.intercept_
    if len(rows) == 1:
        # For two labels scikit-learn returns one row, positive for the second.
        rows, biases = np.vstack((-rows, rows)), np.concatenate((-biases, biases))
    return np.vstack((alarm.coef_, rows)).T, np.concatenate((alarm.intercept_, biases))


def _bytes(text: str) -> npt.NDArray[np.uint8]:
    return np.frombuffer(text.encode(), dtype=np.uint8)
