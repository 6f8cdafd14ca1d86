"""Two commands on any day: what the index holds newer than the lock changes nothing.

The environments are made by the Makefile's own recipes, in a project of the test that has the same
Makefile, a lock of tiny wheels with the names, versions and requirements of ours, and an index that
also holds a newer release of each.
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from rich.console import Console
from wheels import Pin, build, newer, pins, write_index, write_lock

from solvefirst.rasa import environment
from solvefirst.rasa.environment import NotBuilt

pytestmark = [pytest.mark.slow]

ROOT = Path(__file__).parents[3]
OLDEST = [("3.11", "22.3"), ("3.11", "23.0.1"), ("3.12", "23.2.1"), ("3.13", "24.2")]
"""The pip of the first release of each Python that is supported, and that of Debian 12."""
BACKEND = """
import pathlib, sys, tomllib
sys.path.insert(0, {support!r})

def build_editable(folder, config_settings=None, metadata_directory=None):
    import wheels
    told = tomllib.loads(pathlib.Path("pyproject.toml").read_text())["project"]
    return wheels.build(pathlib.Path(folder), "solvefirst", "0.1.0", told["dependencies"]).name
"""


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with the Makefile, a lock and an index, and the environment variables of pip."""

    folder: Path
    environ: dict[str, str]

    def make(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["make", "--no-print-directory", *words],
            cwd=self.folder, env=self.environ, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def installed(self) -> dict[str, str]:
        listed = subprocess.run(
            [".venv/bin/python", "-m", "pip", "list", "--format", "freeze"],
            cwd=self.folder, env=self.environ, capture_output=True, text=True, check=True,
        )  # fmt: skip
        pairs = (line.split("==") for line in listed.stdout.split())
        kept = {re.sub(r"[._]", "-", name).lower(): version for name, version in pairs}
        return {name: kept[name] for name in kept if name not in ("pip", "solvefirst")}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lock of tiny wheels as ours, and two indexes: of its day, and of a later one."""
    home = tmp_path_factory.mktemp("index")
    for folder in ("locked", "newer"):
        (home / folder).mkdir()
    pinned = pins(ROOT / "requirements.lock")
    write_lock(home / "requirements.lock", pinned, home / "locked")
    write_index(home / "today", home / "locked")
    for pin in pinned:
        build(home / "newer", pin.name, newer(pin.version))
    for wheel in (home / "locked").iterdir():
        shutil.copy(wheel, home / "newer")
    write_index(home / "later", home / "newer")
    return home


def project(folder: Path, index: Path, day: str) -> Project:
    shutil.copy(ROOT / "Makefile", folder)
    shutil.copy(index / "requirements.lock", folder)
    document = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (folder / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        '[project]\nname = "solvefirst"\nversion = "0.1.0"\n'
        f"dependencies = {document['dependencies']}\n"
    )
    support = str(ROOT / "tests" / "support")
    (folder / "backend.py").write_text(BACKEND.format(support=support))
    # Nothing of this machine's own settings of pip.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    ours = {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": (index / day).as_uri()}
    return Project(folder, {**kept, **ours, "PIP_NO_CACHE_DIR": "1"})


def python(version: str) -> str:
    """Find a Python of this version: this one, on the path, of pyenv, of uv; or skip."""
    homes = (Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions").glob("*")
    tried = [sys.executable, shutil.which(f"python{version}")]
    tried += sorted(str(home / "bin" / f"python{version}") for home in homes)
    ask = "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2])"
    for item in tried:
        if item is not None and Path(item).exists():
            finished = subprocess.run(
                [item, "-c", ask], capture_output=True, text=True, check=False
            )
            if finished.stdout.strip() == version:
                return item
    pytest.skip(f"no Python {version} with venv on this machine")


def pips(version: str, cache: Path, venv_python: Path) -> Path:
    """Find the folder with an old pip: the bundle of a Python that is here, else of the index."""
    homes = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    bundles = homes.glob("*/lib/python3.*/ensurepip/_bundled")
    wheel = f"pip-{version}-py3-none-any.whl"
    for folder in (cache, Path("/usr/share/python-wheels"), *bundles):
        if (folder / wheel).exists():
            return folder
    download = [str(venv_python), "-m", "pip", "download", "--quiet", "--no-deps"]
    done = subprocess.run(
        [*download, "--dest", str(cache), f"pip=={version}"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        pytest.skip(f"no wheel of pip {version}: in no bundle here, and no index answers")
    return cache


@pytest.fixture
def old(request, tmp_path: Path, index: Path) -> Project:
    """A project on a later day, whose environment was made by a Python with its oldest pip."""
    version, pip = request.param
    made = project(tmp_path, index, "later")
    done = made.make(".venv/bin/python", f"PYTHON={python(version)}")
    assert done.returncode == 0, done.stderr
    cache = request.config.cache.mkdir("pips")
    venv = tmp_path / ".venv/bin/python"
    change = ["install", "--quiet", "--no-index", f"--find-links={pips(pip, cache, venv)}"]
    subprocess.run(
        [str(venv), "-m", "pip", *change, f"pip=={pip}"], env=made.environ, check=True
    )  # fmt: skip
    return made


def named(value: object) -> str:
    return "-pip-".join(value) if isinstance(value, tuple) else str(value)


def expected(made: Project) -> dict[str, str]:
    """What the lock pins for the Python of a project, by the markers of its lines."""
    ask = (
        "import sys; from pip._vendor.packaging.requirements import Requirement as R;"
        "rs = [R(l.rstrip(' \\\\\\n')) for l in open('requirements.lock') if l[0] != ' '];"
        "print(*(f'{r.name}{r.specifier}' for r in rs if not r.marker or r.marker.evaluate()))"
    )
    finished = subprocess.run(
        [".venv/bin/python", "-c", ask],
        cwd=made.folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return dict(pair.split("==") for pair in finished.stdout.split())


@pytest.mark.parametrize("old", OLDEST, indirect=True, ids=named)
def test_a_newer_release_of_everything_changes_nothing_of_what_is_installed(old: Project):
    done = old.make(".venv/.runtime")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No broken requirements found." in done.stdout
    found = old.installed()
    assert found == expected(old)
    assert len(found) > 90


@pytest.mark.parametrize("old", OLDEST[1:2], indirect=True, ids=named)
def test_were_dependencies_resolved_a_newer_release_would_break_the_install_of_an_old_lock(
    old: Project, index: Path
):
    done = old.make(".venv/.runtime", "NO_DEPS=")
    assert done.returncode != 0
    assert "In --require-hashes mode, all requirements must have their versions" in done.stderr
    assert not (old.folder / ".venv" / ".runtime").exists()
    on_the_day = replace(old, environ={**old.environ, "PIP_INDEX_URL": (index / "today").as_uri()})
    assert on_the_day.make(".venv/.runtime", "NO_DEPS=").returncode == 0


@pytest.mark.parametrize("old", OLDEST[-1:], indirect=True, ids=named)
def test_a_lock_that_lacks_what_a_package_requires_is_not_taken_for_an_environment(old: Project):
    lock = old.folder / "requirements.lock"
    text = lock.read_text()
    lock.write_text(re.sub(r"^starlette==.*\n.*\n", "", text, flags=re.MULTILINE))
    assert len(lock.read_text()) < len(text)
    done = old.make(".venv/.runtime")
    assert done.returncode != 0
    assert "starlette" in done.stdout + done.stderr
    assert not (old.folder / ".venv" / ".runtime").exists()


@pytest.fixture
def for_rasa(tmp_path: Path, index: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose lock stands in for Rasa's, and one of our Pythons for 3.10."""
    found = next((item for item in ("3.11", "3.12", "3.13") if is_here(item)), None)
    if found is None:
        pytest.skip("no Python with venv on this machine")
    made = project(tmp_path, index, "later")
    monkeypatch.setattr(environment, "LOCK", made.folder / "requirements.lock")
    monkeypatch.setattr(environment, "find_python", lambda _: python(found))
    for name in [item for item in os.environ if item.startswith("PIP_")]:
        monkeypatch.delenv(name)
    for name in [item for item in made.environ if item.startswith("PIP_")]:
        monkeypatch.setenv(name, made.environ[name])
    return made


def test_rasas_environment_takes_nothing_newer_either(for_rasa: Project):
    environment.prepare(Console(quiet=True), for_rasa.folder / "home")
    (for_rasa.folder / ".venv").symlink_to(for_rasa.folder / "home" / "venv")
    assert for_rasa.installed().items() >= expected(for_rasa).items()


def test_an_environment_of_rasa_that_lacks_what_a_package_requires_is_not_taken(
    for_rasa: Project, monkeypatch: pytest.MonkeyPatch
):
    write_lock(environment.LOCK, [Pin("fastapi", "0.165.0", "")], for_rasa.folder)
    (for_rasa.folder / "one").mkdir()
    monkeypatch.setenv("PIP_INDEX_URL", write_index(for_rasa.folder / "one", for_rasa.folder))
    home = for_rasa.folder / "home"
    with pytest.raises(NotBuilt, match="starlette"):
        environment.prepare(Console(quiet=True), home)
    with pytest.raises(NotBuilt):
        environment.python(home)


def is_here(version: str) -> bool:
    try:
        return bool(python(version))
    except pytest.skip.Exception:
        return False
