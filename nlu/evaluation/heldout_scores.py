"""Score a model on the held-out set. Never loaded in serving.

The report has only figures: no sentence of the set and no single error. Developers of the
understanding can therefore read all of it.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from nlu.danger.emergency import Emergency, detect
from nlu.evaluation.evaluate import COVERED, HeadScore, score
from nlu.evaluation.heldout import EVALUATION, HeldOut, MarkedSentence, MarkedSpan, read_held_out
from nlu.extract.places.gazetteer import Gazetteer, read_gazetteer
from nlu.kinds import act
from nlu.metrics import coverage, reliability
from nlu.serve.understanding import MODEL, MessageUnderstanding

Progress = Callable[[float], None]
Parse = Callable[[str, datetime | None], dict[str, Any]]
Alarm = Callable[[str], Emergency | None]

_TOLD = 100


@dataclass(frozen=True, slots=True)
class DangerScore:
    """Scores of the emergency detection.

    `precision` is of the alarms on dangers and near misses. `near_miss_alarms` is the share of near
    misses that raise an alarm; `alarms_elsewhere` counts alarms per 1,000 other sentences.
    `number_named` and `kind_right` are shares of the detected dangers.
    """

    dangers: int
    near_misses: int
    recall: float
    precision: float
    number_named: float
    kind_right: float
    near_miss_alarms: float
    alarms_elsewhere: float


@dataclass(frozen=True, slots=True)
class SpanScore:
    """Share of marked spans that are found exactly; `values_right` is of those with a value."""

    marked: int
    found: int
    precision: float
    recall: float
    f1: float
    values: int
    values_right: float


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure with a target, 0 to 1, and its lower (or upper) bound."""

    what: str
    value: float
    wanted: float
    at_most: bool = False

    @property
    def held(self) -> bool:
        """Whether the figure meets its bound."""
        return self.value <= self.wanted if self.at_most else self.value >= self.wanted


@dataclass(frozen=True, slots=True)
class HeldOutReport:
    """All figures of one model on the set.

    `milliseconds` are of one `parse`.
    `reliability` has, for each head and tenth of confidence, the mean confidence, the share right,
    and the number of sentences. `coverage` is the share right of the most confident 5 %, 10 %, …
    100 %.
    """

    intent: HeadScore
    category: HeadScore
    category_top2: float
    danger: DangerScore
    place: SpanScore
    time: SpanScore
    milliseconds: dict[str, float]
    reliability: dict[str, list[tuple[float, float, int]]]
    coverage: dict[str, list[float]]

    def figures(self) -> list[Figure]:
        """The figures with a bound."""
        return [
            Figure("intent macro-F1", self.intent.macro_f1, 0.92),
            Figure("category top-1", self.category.accuracy, 0.85),
            Figure("category top-2", self.category_top2, 0.93),
            Figure("calibration error, intent", self.intent.calibration_error, 0.05, at_most=True),
            Figure(
                "calibration error, category", self.category.calibration_error, 0.05, at_most=True
            ),
            Figure(f"most confident {COVERED:.0%} right, intent", self.intent.selective, 0.95),
            Figure(f"most confident {COVERED:.0%} right, category", self.category.selective, 0.95),
            Figure("emergency recall", self.danger.recall, 0.99),
            Figure("emergency precision", self.danger.precision, 0.90),
            Figure("place exact-span F1", self.place.f1, 0.85),
            Figure("time exact-span F1", self.time.f1, 0.85),
        ]

    def as_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        bars = [{**asdict(figure), "held": figure.held} for figure in self.figures()]
        return {"figures": bars, **asdict(self)}

    def as_text(self) -> str:
        """Return the figures with bounds, and one line for each other; the JSON has all details."""
        lines = [f"{'':<36}measured   bar"]
        for figure in self.figures():
            sign = "≤" if figure.at_most else "≥"
            held = "" if figure.held else "  not held"
            lines.append(
                f"{figure.what:<36}{figure.value:>8.3f}   {sign} {figure.wanted:.2f}{held}"
            )
        return "\n".join([*lines, *(f"{name}: {text}" for name, text in self.rest())])

    def rest(self) -> list[tuple[str, str]]:
        """Return the figures without a bound, with their names."""
        danger = self.danger
        return [
            (
                "intent",
                (
                    f"{self.intent.sentences} sentences, accuracy {self.intent.accuracy:.3f}, "
                    f"{self.intent.accuracy_of_acts:.3f} of what follows"
                ),
            ),
            (
                "category",
                f"{self.category.sentences} sentences, macro-F1 {self.category.macro_f1:.3f}",
            ),
            (
                "emergency",
                (
                    f"{danger.dangers} dangers, a right number named in {danger.number_named:.3f} "
                    f"and the kind right in {danger.kind_right:.3f} of those noticed; an alarm on "
                    f"{danger.near_miss_alarms:.3f} of {danger.near_misses} near misses and on "
                    f"{danger.alarms_elsewhere:.1f} of 1,000 other sentences"
                ),
            ),
            *((name, _told(spans)) for name, spans in (("place", self.place), ("time", self.time))),
            (
                "milliseconds a message",
                ", ".join(f"{name} {value:.2f}" for name, value in self.milliseconds.items()),
            ),
        ]


def evaluate_held_out(
    model_dir: Path = MODEL,
    folder: Path = EVALUATION,
    progress: Progress | None = None,
) -> HeldOutReport:
    """Score the model in `model_dir` on the set in `folder`.

    `progress` receives the finished share of the sentences.

    Raises:
        nlu.evaluation.heldout.HeldOutInvalid: the set cannot be read.
        nlu.classify.ModelUnusable: the model cannot be loaded.
    """
    return score_held_out(
        read_held_out(folder),
        MessageUnderstanding.open(model_dir).parse,
        read_gazetteer(model_dir),
        progress,
        alarm=lambda text: detect(text, model_dir),
    )


def score_held_out(
    held_out: HeldOut,
    parse: Parse,
    gazetteer: Gazetteer,
    progress: Progress | None = None,
    *,
    alarm: Alarm = detect,
) -> HeldOutReport:
    """Score `parse` and `alarm` on a set; places are compared by the gazetteer's district names."""
    examples = held_out.examples()
    messages: list[tuple[str, datetime | None]] = [(example.text, None) for example in examples]
    messages += [(sentence.text, sentence.now) for sentence in held_out.marked]
    readings, seconds = [], []
    for done, (text, now) in enumerate(messages):
        if progress and done % _TOLD == 0:
            progress(done / len(messages))
        begin = time.perf_counter()
        readings.append(parse(text, now))
        seconds.append(time.perf_counter() - begin)
    pairs = list(zip(examples, readings, strict=False))
    requests = pairs[: len(held_out.requests)]
    intents = [
        (sentence.intent, reading["intent"]["name"], reading["intent"]["confidence"])
        for sentence, reading in pairs
    ]
    categories = [
        (str(sentence.category), reading["category"]["code"], reading["category"]["confidence"])
        for sentence, reading in requests
    ]
    heads: dict[str, Rows] = {"intent": intents, "category": categories}
    marked = list(zip(held_out.marked, readings[len(examples) :], strict=True))
    times = np.array(seconds) * 1_000
    return HeldOutReport(
        intent=score(intents),
        category=score(categories),
        category_top2=float(
            np.mean(
                [
                    sentence.category in [row["code"] for row in reading["category"]["ranking"][:2]]
                    for sentence, reading in requests
                ]
            )
        ),
        danger=_danger(held_out, alarm),
        place=_place(marked, gazetteer),
        time=_time(marked),
        milliseconds={
            "mean": float(times.mean()),
            **{f"p{share}": float(np.percentile(times, share)) for share in (50, 95, 99)},
        },
        reliability={name: reliability(*_right(rows)) for name, rows in heads.items()},
        coverage={name: coverage(*_right(rows)) for name, rows in heads.items()},
    )


def _danger(held_out: HeldOut, alarm: Alarm) -> DangerScore:
    alarms = [(danger, found) for danger in held_out.dangers if (found := alarm(danger.text))]
    false = sum(alarm(text) is not None for text in held_out.near_misses)
    others = [request.text for request in (*held_out.requests, *held_out.acts, *held_out.outside)]
    others += [sentence.text for sentence in held_out.marked]
    noticed = max(1, len(alarms))
    return DangerScore(
        dangers=len(held_out.dangers),
        near_misses=len(held_out.near_misses),
        recall=len(alarms) / len(held_out.dangers),
        precision=len(alarms) / max(1, len(alarms) + false),
        number_named=sum(bool(set(danger.call) & set(found.call)) for danger, found in alarms)
        / noticed,
        kind_right=sum(danger.kind == found.kind for danger, found in alarms) / noticed,
        near_miss_alarms=false / len(held_out.near_misses),
        alarms_elsewhere=1_000 * sum(alarm(text) is not None for text in others) / len(others),
    )


def _place(
    marked: Sequence[tuple[MarkedSentence, dict[str, Any]]], gazetteer: Gazetteer
) -> SpanScore:
    return _spans(
        ((sentence.places, reading) for sentence, reading in marked),
        "place",
        lambda value, wanted: gazetteer.name_of(str(value.get("district"))) == wanted,
    )


def _time(marked: Sequence[tuple[MarkedSentence, dict[str, Any]]]) -> SpanScore:
    return _spans(
        ((sentence.times, reading) for sentence, reading in marked),
        "time",
        # A day matches every time of that day.
        lambda value, wanted: str(value.get("start")).startswith(wanted),
    )


def _spans(
    messages: Iterable[tuple[tuple[MarkedSpan, ...], dict[str, Any]]],
    entity: str,
    agrees: Callable[[dict[str, Any], str], bool],
) -> SpanScore:
    wanted = found = right = values = values_right = 0
    for spans, reading in messages:
        guesses = {
            (predicted["start"], predicted["end"]): predicted["value"]
            for predicted in reading["entities"]
            if predicted["entity"] == entity
        }
        wanted += len(spans)
        found += len(guesses)
        for span in spans:
            guess = guesses.get((span.start, span.end))
            right += guess is not None
            if span.value is not None:
                values += 1
                values_right += guess is not None and agrees(guess, span.value)
    precision, recall = right / max(1, found), right / max(1, wanted)
    return SpanScore(
        marked=wanted,
        found=found,
        precision=precision,
        recall=recall,
        f1=2 * right / max(1, found + wanted),
        values=values,
        values_right=values_right / max(1, values),
    )


def _told(spans: SpanScore) -> str:
    return (
        f"{spans.marked} marked, {spans.found} found, precision {spans.precision:.3f}, recall "
        f"{spans.recall:.3f}; span and meaning right in {spans.values_right:.3f} of the "
        f"{spans.values} whose meaning is marked"
    )


Rows = Sequence[tuple[str, str | None, float]]


def _right(rows: Rows) -> tuple[Any, Any]:
    right = np.array([act(truth) == act(guess or "") for truth, guess, _ in rows])
    return np.array([row[2] for row in rows]), right
