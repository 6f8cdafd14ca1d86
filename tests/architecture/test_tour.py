"""The tour leads to files and names that are there."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOUR = (ROOT / "docs" / "tour.md").read_text("utf-8")
STATION = re.compile(r"^\| \d+ \| `([^`]+)` \| `([^`]+)` \|", re.MULTILINE)
FILE = re.compile(r"`((?:\w+/)+[\w.-]*)`")


def defined(body: list[ast.stmt], name: str) -> list[ast.stmt] | None:
    """Give the body of what is defined by a name, None where nothing is."""
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return next((node.body for node in body if isinstance(node, kinds) and node.name == name), None)


def test_each_station_of_the_tour_defines_what_is_to_be_looked_at():
    stations = STATION.findall(TOUR)
    assert len(stations) > 20
    missing = []
    for path, name in stations:
        body: list[ast.stmt] | None = ast.parse((ROOT / path).read_text()).body
        for part in name.split("."):
            body = defined(body or [], part)
        if body is None:
            missing.append(f"{path} defines no {name}")
    assert missing == []


def test_each_file_that_the_tour_names_is_there():
    named = set(FILE.findall(TOUR))
    assert len(named) > 35
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []
