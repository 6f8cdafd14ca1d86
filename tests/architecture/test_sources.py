"""What holds for every source file of the house."""

import ast
import re
import sys
from importlib.util import find_spec
from pathlib import Path

from fork_server import MODULES

ROOT = Path(__file__).parents[2]
ROOMS = ("tools", "solvefirst", "bot", "actions", "nlu", "api", "kernel")
SOURCES = sorted(
    path for room in ROOMS for path in (ROOT / room).rglob("*.py") if "versions" not in path.parts
)
CLOCKS = (
    ROOT / "kernel" / "clock.py",
    ROOT / "nlu" / "component.py",  # Rasa hands its components no clock
)
HAN = re.compile(r"[\u3400-\u9fff]")


def imports(path: Path) -> set[str]:
    """Give the modules that a file imports at its top or anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def test_there_are_sources_to_look_at():
    assert len(SOURCES) > 60


def chinese(path: Path) -> list[str]:
    """Give the literals of a file that have Chinese words, with their places."""
    tree = ast.parse(path.read_text())
    # A string that stands alone documents what is around it; the glossary's terms belong there.
    docstrings = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return [
        f"{path.relative_to(ROOT)}:{node.lineno}: {node.value!r}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
        and HAN.search(node.value)
    ]


def test_no_chinese_word_stands_in_code():
    """Words live in domain/, the catalogue and the texts, where both languages are checked."""
    files = [path for path in SOURCES if path.relative_to(ROOT).parts[0] != "nlu"]
    assert len(files) > 300
    assert [literal for path in files for literal in chinese(path)] == []


def test_the_domain_and_rules_of_slices_import_the_standard_library_and_the_clock():
    allowed = set(sys.stdlib_module_names)
    api = ROOT / "api"
    rules = [*sorted(api.glob("*/rules.py")), *sorted(api.glob("*/rules/*.py"))]
    files = [*sorted((api / "domain").rglob("*.py")), *rules, api / "errors.py"]
    assert len(files) > 4
    assert len(rules) > 4
    pure = re.compile(r"api\.(domain|errors|\w+\.rules)\b|kernel\.clock")
    for path in files:
        for name in imports(path):
            assert name.split(".")[0] in allowed or pure.match(name), (path.name, name)


def test_only_the_kernel_reads_the_clock():
    reads = re.compile(r"datetime\.(now|utcnow|today)\(|time\.time\(")
    found = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if reads.search(path.read_text()) and path not in CLOCKS
    ]
    assert found == []


def test_no_source_has_become_several_things():
    long = {
        str(path.relative_to(ROOT)): length
        for path in SOURCES
        if (length := len(path.read_text().splitlines())) > 450
    }
    assert long == {}


def test_every_module_that_forked_servers_import_before_is_there():
    assert MODULES
    assert [name for name in MODULES if find_spec(name) is None] == []
