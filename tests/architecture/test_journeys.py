"""The journeys of a message and of a push in `docs/architecture.md` name true types and places."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROW = re.compile(
    r"^\| (?P<stage>\w+) \| `(?P<shape>\w+)` \| `(?P<file>[\w/]+\.py)` "
    r"\| `(?P<maker>[\w.]+)` in `(?P<where>[\w/]+\.py)`",
    re.MULTILINE,
)
MOST = 5
"""Shapes of one journey: a reader must be able to keep them in mind."""


def journeys(text: str) -> dict[str, list[dict[str, str]]]:
    """Read the tables of the section on shapes, each by the words before it."""
    section = text.split("### Its shapes", 1)[1].split("Consequences:", 1)[0]
    message, push = section.split("A push:", 1)
    return {
        name: [row.groupdict() for row in ROW.finditer(part)]
        for name, part in (("message", message), ("push", push))
    }


JOURNEYS = journeys((ROOT / "docs" / "architecture.md").read_text())
STAGES = [row for journey in JOURNEYS.values() for row in journey]


def found(file: str, name: str) -> ast.AST | None:
    """Find a class, function or method by its dotted name."""
    node: ast.AST | None = ast.parse((ROOT / file).read_text())
    for part in name.split("."):
        node = next(
            (
                child
                for child in ast.iter_child_nodes(node)
                if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
                and child.name == part
            ),
            None,
        )
        if node is None:
            return None
    return node


def test_each_journey_has_five_shapes_at_most():
    assert {name: len(rows) for name, rows in JOURNEYS.items()} == {"message": 5, "push": 5}
    assert all(len({row["shape"] for row in rows}) <= MOST for rows in JOURNEYS.values())


@pytest.mark.parametrize("row", STAGES, ids=lambda row: row["shape"])
def test_a_shape_stands_in_its_file_and_is_made_where_the_table_says(row):
    assert isinstance(found(row["file"], row["shape"]), ast.ClassDef)
    maker = found(row["where"], row["maker"])
    assert maker is not None
    names = {node.id for node in ast.walk(maker) if isinstance(node, ast.Name)}
    helpers = [found(row["where"], name) for name in names if name.startswith("_")]
    names |= {
        node.id
        for helper in helpers
        if helper
        for node in ast.walk(helper)
        if isinstance(node, ast.Name)
    }
    assert row["shape"] in names


def test_a_type_that_is_gone_is_noticed():
    assert found("bot/message.py", "Letter") is None
    assert found("bot/message.py", "MessageBody.shown") is not None
