"""The house as its sources show it: who imports whom between folders, and how large folders are.

Run as a program it prints files and lines of each folder: `make check` does.
"""

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2]
FLOORS = ("tools", "solvefirst", "bot", "actions", "nlu", "api", "kernel")


def modules() -> dict[str, Path]:
    """Give the source of each module of the product by its dotted name."""
    found = {}
    for floor in FLOORS:
        for path in sorted((ROOT / floor).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(path: Path, known: dict[str, Path]) -> set[str]:
    """Give the modules of the product that a source imports, wherever in the file it does."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name in known}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                found |= {name for name in (whole, node.module) if name in known}
    return found


def arrows() -> dict[tuple[str, str], set[tuple[str, str]]]:
    """Give the imports between folders that lie beside each other, by the pair of folders.

    An import counts where the ways to its two modules part: `bot.live.turn` that imports
    `bot.store.talks` is an arrow from the folder `bot.live` to the folder `bot.store`. A file that
    lies beside a folder is no folder.
    """
    known = modules()
    folders = {name for name, path in known.items() if path.name == "__init__.py"}
    found = defaultdict(set)
    for name, path in known.items():
        for other in imports(path, known):
            mine, its = name.split("."), other.split(".")
            same = 0
            while same < min(len(mine), len(its)) and mine[same] == its[same]:
                same += 1
            pair = ".".join(mine[: same + 1]), ".".join(its[: same + 1])
            if pair[0] != pair[1] and folders.issuperset(pair):
                found[pair].add((name, other))
    return dict(found)


def sizes() -> dict[str, tuple[int, int]]:
    """Give how many Python files and lines each folder holds, its subfolders left out."""
    found: dict[str, tuple[int, int]] = {}
    for path in modules().values():
        folder = str(path.parent.relative_to(ROOT))
        files, lines = found.get(folder, (0, 0))
        found[folder] = files + 1, lines + len(path.read_text().splitlines())
    return dict(sorted(found.items()))


if __name__ == "__main__":
    for folder, (files, lines) in sizes().items():
        print(f"{folder:<32}{files:>4} files{lines:>7,} lines")  # noqa: T201 - its only purpose
