"""The example city looks lived in, is marked as an example, and is filled once."""

import io
import sqlite3
from pathlib import Path

import pytest
from rich.console import Console

from tools.demo_city.city import run


@pytest.fixture
def output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    monkeypatch.setenv("SOLVEFIRST_VAR", str(tmp_path))
    monkeypatch.setenv("SOLVEFIRST_DEMO", "1")
    return io.StringIO()


def test_every_kind_of_page_has_something_to_show(output: io.StringIO, tmp_path: Path):
    console = Console(file=output, width=200)
    assert run(60, 30, 7, console) == 0
    rows = sqlite3.connect(tmp_path / "solvefirst.db")
    states = dict(rows.execute("SELECT state, count(*) FROM cases GROUP BY state").fetchall())
    assert sum(states.values()) == 60
    assert {"dispatched", "processing", "closed"} <= set(states)
    assert rows.execute("SELECT count(DISTINCT category) FROM cases").fetchone()[0] > 20
    points = [row[0] for row in rows.execute("SELECT contact_point FROM cases")]
    assert all(point.startswith("demo_") for point in points)
    assert "3 talks" in output.getvalue()
    calls = {row[0] for row in rows.execute("SELECT contact FROM case_facts")}
    assert {"in_time", "none"} <= calls
    shown = rows.execute("SELECT count(*) FROM attachment WHERE staff IS NOT NULL").fetchone()[0]
    assert 0 < shown == sum(item.is_file() for item in (tmp_path / "files").rglob("*"))

    assert run(60, 30, 7, console) == 0
    assert rows.execute("SELECT count(*) FROM cases").fetchone()[0] == 60
    assert "nothing was added" in output.getvalue()


def test_a_store_that_is_no_demo_is_left_alone(
    output: io.StringIO, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("SOLVEFIRST_DEMO")
    assert run(5, 5, 7, Console(file=output)) == 2
    assert not (tmp_path / "solvefirst.db").exists()
