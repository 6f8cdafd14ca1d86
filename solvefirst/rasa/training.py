"""Train Rasa's model of the project: rules and domain; our understanding is trained already."""

import hashlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from bot.dialogue.engine.embedded.project import load_project
from solvefirst.project import ROOT
from solvefirst.rasa.environment import HOME, digest

QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",  # send no telemetry
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "PYTHONWARNINGS": "ignore",
}
"""Additional environment variables of Rasa's processes."""

_OUR_UNDERSTANDING = b"nlu.component"
"""Its name in a pipeline."""


class NotTrained(Exception):  # noqa: N818 - a state
    """Rasa rejected the project; the message has its last log lines."""


def model_of(project: Path, config: Path | None = None, home: Path = HOME) -> Path:
    """Return the path of the model for the project's files; it may not be trained yet.

    The name contains the digest of all files of the training. A running server's model name
    therefore shows from which files it was trained.
    """
    hashed = hashlib.sha256(digest().encode())
    configured = (config or project / "config.yml").read_bytes()
    hashed.update(configured)
    ours = _OUR_UNDERSTANDING in configured
    for file, name in _read_in_training(project, ours=ours):
        hashed.update(f"\0{name}\0".encode() + file.read_bytes())
    return home / "models" / f"solvefirst-{hashed.hexdigest()[:16]}.tar.gz"


def _read_in_training(project: Path, *, ours: bool) -> Iterator[tuple[Path, str]]:
    """Yield the files of the training with names that do not depend on the checkout's path.

    Our understanding is included only if it is part of the pipeline (`ours`).
    """
    files = [(project, "domain", "*.yml"), (project, "nlu/data", "*.yml")]
    if ours:
        files += [(ROOT, "nlu", "*.py"), (ROOT, "nlu/model", "*")]
    for base, folder, pattern in files:
        for path in sorted((base / folder).rglob(pattern)):
            if path.is_file():
                yield path, path.relative_to(base).as_posix()


def train(
    python: Path,
    project: Path,
    console: Console,
    *,
    config: Path | None = None,
    home: Path = HOME,
) -> Path:
    """Train the project with Rasa unless its files are trained already; return the model.

    `config` replaces the project's `config.yml`; it then only needs to be valid for Rasa.

    Raises:
        bot.dialogue.engine.embedded.problems.ProjectInvalid: the files use unsupported features.
        NotTrained: Rasa rejected them.
    """
    if config is None:
        load_project(project)
    model = model_of(project, config, home)
    if model.is_file():
        console.print(f"The project is trained already: {model.name}.")
        return model
    log = home / "train.log"
    model.parent.mkdir(parents=True, exist_ok=True)
    command = [
        str(python), "-m", "rasa", "train", "--skip-validation",
        "--config", str(config or project / "config.yml"),
        "--domain", str(project / "domain"),
        "--data", str(project / "nlu" / "data"),
        "--out", str(model.parent),
        "--fixed-model-name", model.name.removesuffix(".tar.gz"),
    ]  # fmt: skip
    with console.status("Rasa trains the project (about 20 seconds) ..."), log.open("w") as kept:
        done = subprocess.run(
            command, cwd=ROOT, env=environment(), stdout=kept, stderr=kept, check=False
        )
    if done.returncode or not model.is_file():
        last = "\n".join(log.read_text().splitlines()[-8:])
        raise NotTrained(f"Rasa did not train the project; all of it is in {log}:\n{last}")
    console.print(f"Rasa has trained the project: {model.name}.")
    return model


def environment() -> dict[str, str]:
    """Return the environment of Rasa's processes: ours without the variables of our Python."""
    ours = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return {**kept, **QUIET, "PYTHONPATH": str(ROOT)}
