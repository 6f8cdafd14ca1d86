"""What `make outdated` tells of two locks."""

import io
import subprocess

import pytest
from rich.console import Console

from solvefirst.documents.locks import Outdated, outdated, run
from solvefirst.project import ROOT

HASH = " \\\n    --hash=sha256:0000\n"


@pytest.mark.parametrize(
    ("before", "after", "step"),
    [
        ("1.9.3", "2.0", "major"),
        ("1.9.3", "1.10.0", "minor"),
        ("1.9.3", "1.9.4", "patch"),
        ("1.9.3", "1.9.3.post1", "patch"),
    ],
)
def test_a_newer_release_is_told_with_its_step(before, after, step):
    found = list(outdated(f"uvicorn=={before}{HASH}", f"uvicorn=={after}{HASH}"))
    assert found == [Outdated("uvicorn", before, after, step)]


def test_what_is_as_new_as_it_can_be_is_not_told():
    same = f"uvicorn==0.54.0{HASH}numpy==2.4.6 ; python_full_version < '3.12'{HASH}"
    assert list(outdated(same, same)) == []


def test_an_index_without_hashes_makes_nothing_old():
    assert list(outdated(f"idna==3.20{HASH}h11==0.16.0{HASH}", "idna==3.20\nh11==0.16.0\n")) == []


def test_pins_of_one_package_under_different_markers_are_compared_each_with_its_own():
    low, high = " ; python_full_version < '3.12'", " ; python_full_version >= '3.12'"
    before = f"numpy==2.4.6{low}{HASH}numpy==2.5.5{high}{HASH}"
    after = f"numpy==2.4.6{low}{HASH}numpy==2.6.0{high}{HASH}"
    assert list(outdated(before, after)) == [Outdated("numpy", "2.5.5", "2.6.0", "minor")]


def test_packages_that_come_and_go_are_told():
    found = list(outdated(f"idna==3.20{HASH}", f"h11==0.16.0{HASH}"))
    assert found == [Outdated("h11", "", "0.16.0", "new"), Outdated("idna", "3.20", "", "gone")]


def test_each_lock_is_told_by_its_name(tmp_path):
    today = tmp_path / "today"
    today.mkdir()
    for name, was, now in (("requirements", "1.0", "2.0"), ("requirements-dev", "1.0", "1.0")):
        (tmp_path / f"{name}.lock").write_text(f"idna=={was}{HASH}")
        (today / f"{name}.lock").write_text(f"idna=={now}{HASH}")
    output = io.StringIO()
    assert run(today, Console(file=output, width=80), tmp_path) == 0
    assert "requirements-dev.lock: nothing is old." in output.getvalue()
    assert ["idna", "1.0", "2.0", "major"] in [
        line.split() for line in output.getvalue().splitlines()
    ]


@pytest.mark.parametrize("lock", ["LOCK", "RASA_LOCK"])
def test_the_makefile_resolves_with_hashes_and_without_addresses(lock):
    ask = f"include Makefile\nshown:\n\t@echo $({lock})\n"
    finished = subprocess.run(
        ["make", "--silent", "-f", "-", "shown"],
        cwd=ROOT, input=ask, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert {"--upgrade", "--generate-hashes", "--no-emit-index-url"} <= set(finished.stdout.split())
