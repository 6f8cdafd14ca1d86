"""Define the commands of `solvefirst nlu`: train, evaluate and test the model, and its versions.

Modules are imported inside the commands, as in `solvefirst.cli`.
"""
# ruff: noqa: PLC0415, FBT002 - late imports as said above; typer's way of options

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

nlu = typer.Typer(help="Understanding: train, evaluate, try.", no_args_is_help=True)
console = Console(highlight=False)

_Data = Annotated[
    Path | None, typer.Option("--data", help="A labelled CSV file, UTF-8 or GB18030.")
]
_Text = Annotated[
    str | None, typer.Option("--text", help="With --data: column of the text; several: A,B.")
]
_Label = Annotated[str | None, typer.Option("--label", help="With --data: column of the label.")]


@nlu.command()
def train(
    output: Annotated[
        Path | None, typer.Option(help="Folder for the model; default: the one that is served.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Makes the result repeatable.")] = 7,
    data: _Data = None,
    text: _Text = None,
    label: _Label = None,
    out_of_scope: Annotated[
        str | None, typer.Option(help="With --data: the label that means none of the others.")
    ] = None,
    rows: Annotated[
        int | None, typer.Option(min=20, help="With --data: most rows, drawn at random.")
    ] = None,
    with_corrections: Annotated[
        bool,
        typer.Option(
            "--with-corrections",
            help="Also learn what staff filed anew; a version that is no worse serves next.",
        ),
    ] = False,
) -> None:
    """Train intent and category from nlu/data, or with --data a classifier of your own labels."""
    from solvefirst.nlu import labelled, learning
    from solvefirst.nlu import understanding as own

    if find_spec("sklearn") is None:
        console.print(
            "Training needs scikit-learn, which serving does not: `pip install scikit-learn`."
        )
        raise typer.Exit(2)
    if with_corrections:
        if data is not None or output is not None:
            raise typer.BadParameter("--with-corrections goes without --data and --output")
        raise typer.Exit(learning.train(seed, console))
    if data is None:
        raise typer.Exit(own.train(output, seed, console))
    columns = _columns(text, label)
    raise typer.Exit(
        labelled.train(data, *columns, output, out_of_scope, rows, seed=seed, console=console)
    )


@nlu.command()
def evaluate(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Labelled YAML, as nlu/data; default: the held-out set."),
    ] = None,
    picture: Annotated[Path | None, typer.Option(help="Also draw the figures, as SVG.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Figures as JSON.")] = False,
    data: _Data = None,
    text: _Text = None,
    label: _Label = None,
    map_: Annotated[
        Path | None,
        typer.Option("--map", help="With --data: YAML, our codes or their beginnings to labels."),
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="Folder of a model, or a version; default: the shipped one.")
    ] = None,
) -> None:
    """Measure the understanding: accuracy, F1, confusions, calibration, latency."""
    from solvefirst.nlu import labelled
    from solvefirst.nlu import understanding as own

    if data is None:
        raise typer.Exit(
            own.evaluate(files or [], picture, model, as_json=as_json, console=console)
        )
    columns = _columns(text, label)
    raise typer.Exit(
        labelled.evaluate(data, *columns, map_, model, picture, as_json=as_json, console=console)
    )


def _columns(text: str | None, label: str | None) -> tuple[list[str], str]:
    columns = [column.strip() for column in (text or "").split(",") if column.strip()]
    if not columns or not label:
        raise typer.BadParameter("--data needs --text COLUMN[,COLUMN] and --label COLUMN")
    return columns, label.strip()


@nlu.command()
def parse(
    text: Annotated[str, typer.Argument(help="What a citizen wrote; - reads standard input.")],
    as_json: Annotated[bool, typer.Option("--json", help="The whole reading as JSON.")] = False,
) -> None:
    """Show how one message is understood."""
    from solvefirst.nlu.understanding import parse as run

    raise typer.Exit(run(text, as_json=as_json, console=console))


@nlu.command()
def review(
    limit: Annotated[int, typer.Option(min=1, help="How many pairs of categories.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """List staff's corrections of categories: from, to, how often, examples."""
    from solvefirst.nlu.learning import review as run

    raise typer.Exit(run(limit, as_json=as_json, console=console))


@nlu.command()
def versions() -> None:
    """List the versions of the model, and mark the one in service."""
    from solvefirst.nlu.learning import versions as run

    raise typer.Exit(run(console))


@nlu.command()
def rollback(
    version: Annotated[
        str | None, typer.Argument(help="Which one; default: the one before.")
    ] = None,
) -> None:
    """Return to the previous version of the model, or to the named one."""
    from solvefirst.nlu.learning import rollback as run

    raise typer.Exit(run(version, console))
