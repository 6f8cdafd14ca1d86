"""Score the shipped model on unseen sentences."""

from bench.figures import table
from bench.frame import Bar, Chapter, Run
from nlu.evaluation.heldout_scores import evaluate_held_out


async def measure(run: Run) -> Chapter:
    """Score the shipped model on the whole held-out set, also in a quick run."""
    bar = run.progress.add_task("reading and scoring", total=1.0)
    report = evaluate_held_out(progress=lambda share: run.progress.update(bar, completed=share))
    heads = (("intent", report.intent), ("category", report.category))
    return Chapter(
        about="""
The shipped model on the held-out set (`nlu/evaluation`, see its README): written by hand with
nothing but the catalogue in view, never trained on, not edited since it was closed. Of kinds of
request that open the same form, calibration error and the most confident part ask only whether the
form is right; F1 and the table below ask for the kind itself. `solvefirst nlu evaluate` prints the
same, with `--json` each label and what it is taken for, with `--picture` a drawing.""",
        body="\n\n".join(
            (
                table(("", "figures"), report.rest()),
                table(
                    ("", "measured"),
                    ((item.what, f"{item.value:.3f}") for item in report.figures()),
                ),
                *(
                    table(
                        (name, "sentences", "precision", "recall", "F1"),
                        (
                            (
                                label.label,
                                label.sentences,
                                f"{label.precision:.2f}",
                                f"{label.recall:.2f}",
                                f"{label.f1:.2f}",
                            )
                            for label in head.labels
                        ),
                    )
                    for name, head in heads
                ),
            )
        ),
        bars=[
            Bar(
                figure.what,
                f"{figure.value:.3f}",
                f"{'≤' if figure.at_most else '≥'} {figure.wanted:.2f}",
                held=figure.held,
            )
            for figure in report.figures()
        ],
    )
