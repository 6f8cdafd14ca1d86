"""Draw the figures of a model on the held-out set, or on a labelled file, as SVG."""

from collections.abc import Iterable, Mapping, Sequence
from xml.sax.saxutils import escape

from nlu.evaluation.heldout_scores import Figure, HeldOutReport
from nlu.evaluation.labelled_scores import LabelledReport

WIDTH, ROW, LABEL, BAR = 960, 26, 290, 510
SIDE, TOP = 360, 40
LONGEST = 34
"""Most characters of a name before its bar."""
INK, QUIET, HELD, MISSED, LINES = "#1f2933", "#cbd2d9", "#2f855a", "#c05621", ("#2b6cb0", "#b7791f")


def picture(report: HeldOutReport) -> str:
    """Draw a bar and the bound of each figure, and below them the reliability of confidence."""
    figures = report.figures()
    below = TOP + ROW * len(figures) + 40
    worth = _worth(below, report.reliability, report.coverage)
    return _drawing("Understanding on the held-out set", below, [*_bars(figures), *worth])


def labelled_picture(report: LabelledReport) -> str:
    """Draw the figures of a file, the F1 of each label, and the reliability of confidence."""
    labels = report.score.labels
    rows = report.figures() + [(f"{label.label} ({label.sentences})", label.f1) for label in labels]
    below = TOP + ROW * (len(rows) + 1) + 40
    worth = _worth(below, {"": report.reliability}, {"": report.coverage})
    title = f"{report.score.sentences} rows of {report.file}"
    head = len(report.figures())
    parts = [
        _text(20, 24, f"{title}; below, the F1 of each label and its rows"),
        *(
            part
            for place, (name, value) in enumerate(rows)
            for part in _bar(TOP + ROW * (place + (place >= head)), name, value, f"{value:.3f}")
        ),
        *worth,
    ]
    return _drawing(title, below, parts)


def _drawing(title: str, below: float, parts: Iterable[str]) -> str:
    height = below + SIDE + 80
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'font-family="sans-serif" font-size="14" role="img">\n'
        f"<title>{escape(title)}</title>\n"
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _worth(
    below: float,
    reliability: Mapping[str, list[tuple[float, float, int]]],
    coverage: Mapping[str, list[float]],
) -> Iterable[str]:
    """Draw reliability, and the accuracy of the most confident part."""
    yield from _chart(
        (70, below + 20),
        ("confidence", "share right"),
        {
            name: [(mean, right) for mean, right, _ in points]
            for name, points in reliability.items()
        },
        diagonal=True,
    )
    yield from _chart(
        (70 + SIDE + 110, below + 20),
        ("most confident share", "share right"),
        {
            name: [((place + 1) / len(points), right) for place, right in enumerate(points)]
            for name, points in coverage.items()
        },
        diagonal=False,
    )


def _bar(y: float, name: str, value: float, label: str, colour: str = HELD) -> Iterable[str]:
    yield _text(20, y + 15, name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…")
    yield _box(LABEL, y + 4, BAR, 14, QUIET)
    yield _box(LABEL, y + 4, BAR * value, 14, colour)
    yield _text(LABEL + BAR + 14, y + 15, label)


def _bars(figures: Sequence[Figure]) -> Iterable[str]:
    yield _text(20, 24, "measured, and the bar (black); orange: not held")
    for place, figure in enumerate(figures):
        y = TOP + ROW * place
        sign = "≤" if figure.at_most else "≥"
        label = f"{figure.value:.3f}  ({sign} {figure.wanted:.2f})"
        yield from _bar(y, figure.what, figure.value, label, HELD if figure.held else MISSED)
        yield _box(LABEL + BAR * figure.wanted - 1, y, 3, 22, INK)


def _chart(
    corner: tuple[float, float],
    axes: tuple[str, str],
    lines: dict[str, list[tuple[float, float]]],
    *,
    diagonal: bool,
) -> Iterable[str]:
    left, top = corner
    yield f'<rect x="{left}" y="{top}" width="{SIDE}" height="{SIDE}" fill="none" stroke="{INK}"/>'
    if diagonal:
        yield _line([(left, top + SIDE), (left + SIDE, top)], QUIET)
    for tenth in range(0, 11, 2):
        yield _text(left + SIDE * tenth / 10, top + SIDE + 18, f"{tenth / 10:.1f}", "middle")
        yield _text(left - 8, top + SIDE - SIDE * tenth / 10 + 5, f"{tenth / 10:.1f}", "end")
    yield _text(left + SIDE / 2, top + SIDE + 40, axes[0], "middle")
    yield _text(left - 40, top - 8, axes[1])
    for (name, points), colour, place in zip(lines.items(), LINES, (1, 2), strict=False):
        yield _line([(left + SIDE * x, top + SIDE * (1 - y)) for x, y in points], colour)
        yield _text(left + SIDE - 10, top + SIDE - 18 * place, name, "end", colour)


def _line(points: Iterable[tuple[float, float]], colour: str) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'


def _box(x: float, y: float, width: float, height: float, colour: str) -> str:
    return f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{height}" fill="{colour}"/>'


def _text(x: float, y: float, words: str, anchor: str = "start", colour: str = INK) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">'
        f"{escape(words)}</text>"
    )
