"""The glossary's terms are names in the code, and names that were given up stay away."""

import ast
import re
from collections import Counter
from pathlib import Path

from house import modules

ROOT = Path(__file__).parents[2]
TERM = re.compile(r"\| `(\w+)` \| `([\w/.]+)` \|$", re.MULTILINE)
GIVEN_UP = frozenset(
    {
        "Act",
        "Appended",
        "Arrival",
        "Asker",
        "Away",
        "Because",
        "Before",
        "Beside",
        "Book",
        "Claimed",
        "Door",
        "Gate",
        "Guess",
        "Happening",
        "Heap",
        "Heard",
        "Hearing",
        "Hold",
        "Inbound",
        "Keeping",
        "Learned",
        "Letter",
        "Listed",
        "Marked",
        "Parked",
        "Patience",
        "Remembering",
        "Scene",
        "Sole",
        "Stacked",
        "Ticking",
        "Told",
        "Unkept",
        "Whom",
        "Work",
        "Worse",
    }
)
NO_NAMES = frozenset({"hearing", "one", "told"})
"""Words that say nothing of what they name."""


def classes(path: Path) -> list[str]:
    """Give the names of the classes that a file defines at its top."""
    body = ast.parse(path.read_text()).body
    return [node.name for node in body if isinstance(node, ast.ClassDef)]


def test_each_term_names_a_class_of_the_file_beside_it():
    terms = TERM.findall((ROOT / "docs" / "glossary.md").read_text("utf-8"))
    assert len(terms) > 25
    assert [(name, path) for name, path in terms if name not in classes(ROOT / path)] == []


def test_no_name_that_was_given_up_comes_back():
    found = {name for path in modules().values() for name in classes(path)}
    assert len(found) > 500
    assert found & GIVEN_UP == set()


def test_a_class_name_is_unique_in_the_product():
    counts = Counter(
        name for path in modules().values() for name in classes(path) if not name.startswith("_")
    )
    assert len(counts) > 500
    assert sorted(name for name, count in counts.items() if count > 1) == []


def identifiers(path: Path) -> set[str]:
    """Give the names that a file gives to values, parameters, fields and functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                found.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.add(name)
    return found


def test_no_name_is_a_word_that_says_nothing_of_what_it_names():
    found = {path: identifiers(path) for path in modules().values()}
    assert sum(map(len, found.values())) > 5000
    named = {str(path.relative_to(ROOT)): names & NO_NAMES for path, names in found.items()}
    assert {path: names for path, names in named.items() if names} == {}
