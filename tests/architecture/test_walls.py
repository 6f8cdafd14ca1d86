"""The import rules hold, and each of them would be seen to break."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("tools", "solvefirst", "bot", "actions", "nlu", "api", "kernel")


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [command, folder / ".importlinter", "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_import_rules_hold():
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout
    assert "0 broken" in result.stdout


def test_every_package_at_the_root_is_a_room_that_the_rules_know():
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages - {"tests", "bench", "examples"} == set(ROOMS)


def test_the_forbidden_part_of_the_api_is_all_of_it_but_client_and_contract():
    rooms = {
        path.stem if path.suffix else path.name
        for path in (ROOT / "api").iterdir()
        if path.suffix == ".py" or (path.is_dir() and any(path.iterdir()))
    } - {"__init__", "__pycache__", "client", "contract", "transport"}
    rules = (ROOT / ".importlinter").read_text().split("citizen-side-and-api]")[1]
    forbidden = rules.split("forbidden_modules =")[1].split("ignore_imports")[0].split()
    assert {f"api.{room}" for room in rooms} == set(forbidden)


def test_the_forbidden_part_of_bot_is_all_of_it_but_the_embedded_engine():
    modules = {
        f"{folder.relative_to(ROOT).as_posix().replace('/', '.')}.{path.stem}"
        for folder in (ROOT / "bot", ROOT / "bot/dialogue", ROOT / "bot/dialogue/engine")
        for path in folder.iterdir()
        if path.suffix == ".py" or (path / "__init__.py").is_file()
        if path.stem != "__init__"
    } - {"bot.dialogue", "bot.dialogue.engine", "bot.dialogue.engine.embedded"}
    rules = (ROOT / ".importlinter").read_text().split("contract:embedded-engine]")[1]
    forbidden = rules.split("forbidden_modules =")[1].split("ignore_imports")[0].split()
    assert modules == {name for name in forbidden if name.startswith("bot.")}


VIOLATIONS = {
    "The house": ("kernel/ids.py", "import api.domain"),
    "bot and actions reach of the API": ("actions/context.py", "import api.services"),
    "bot reaches actions and nlu": ("bot/inbound/intake.py", "import nlu.danger.emergency"),
    "The embedded engine": ("bot/dialogue/engine/embedded/turn/turn.py", "import bot.message"),
    "In bot": ("bot/store/records.py", "import bot.outbound.delivery"),
    "actions know no channel": ("actions/context.py", "import bot.message"),
    "In actions": ("actions/judgement/answers.py", "import actions.talk.duty"),
    "In nlu": ("nlu/serve/title.py", "import nlu.training.train"),
    "The case service knows nobody": ("api/app.py", "import bot.message"),
    "Understanding reaches nothing": ("nlu/normalise.py", "import kernel.json"),
    "In the API": ("api/people/rules/actor.py", "import api.domain.lifecycle"),
    "In the domain of the API": ("api/domain/cases/matter.py", "import api.domain.moves.returns"),
    "In the store of the API": ("api/store/cases/tables.py", "import api.store.joint.tables"),
    "In the services of the API": (
        "api/services/cases/reading.py",
        "import api.services.moves.opening",
    ),
    "In the routes of the API": ("api/routes/context.py", "import api.routes.cases.cases"),
    "In the console": ("api/console/view/dates.py", "import api.console.cases.queue"),
    "The contract and the client": ("api/client/asking.py", "import api.domain.lifecycle"),
    "In a slice of the API": ("api/webhooks/store/deliveries.py", "import api.webhooks.service"),
    "Slices of the API reach": ("api/privacy/service.py", "import api.live.store"),
    "Services know no web framework": ("api/services/__init__.py", "import fastapi"),
    "Channels are independent": ("bot/channels/rest/channel.py", "import bot.channels.terminal"),
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("house")
    for room in ROOMS:
        shutil.copytree(
            ROOT / room,
            folder / room,
            ignore=shutil.ignore_patterns("__pycache__", "model", "data"),
        )
    shutil.copy(ROOT / ".importlinter", folder)
    return folder


@pytest.mark.parametrize("contract", VIOLATIONS)
def test_a_planted_violation_breaks_its_rule(contract: str, copy: Path):
    place, line = VIOLATIONS[contract]
    module = copy / place
    before = module.read_text()
    module.write_text(f"{before}\n{line}\n")
    try:
        result = lint(copy)
    finally:
        module.write_text(before)
    assert result.returncode == 1, result.stdout + result.stderr
    broken = [row for row in result.stdout.splitlines() if " BROKEN" in row]
    assert any(row.startswith(contract) for row in broken), result.stdout


def test_every_rule_has_a_planted_violation():
    names = [
        line.split("=", 1)[1].strip()
        for line in (ROOT / ".importlinter").read_text().splitlines()
        if line.startswith("name =")
    ]
    assert len(names) == len(VIOLATIONS)
    assert all(any(name.startswith(start) for start in VIOLATIONS) for name in names)
