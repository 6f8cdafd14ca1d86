"""Read YAML files as Rasa does (YAML 1.2, no duplicate keys), with the line of every value."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.dialogue.engine.embedded.problems import FileLine, Problems
from bot.dialogue.engine.embedded.values import Json

_DEEPEST = 40
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INT = re.compile(r"[-+]?[0-9]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class YamlFile:
    """One file's content as plain Python values, and the place of each."""

    name: str
    content: Any
    lines: dict[tuple[str | int, ...], int]

    def place(self, *path: str | int) -> FileLine:
        """Return the place of the value at `path`, or of the nearest value around it."""
        for length in range(len(path), -1, -1):
            line = self.lines.get(path[:length])
            if line is not None:
                return FileLine(self.name, line)
        return FileLine(self.name, 1)


def yaml_files(directory: Path) -> Iterator[Path]:
    """Yield all YAML files under `directory`, in the order of their names."""
    return iter(sorted(p for p in directory.rglob("*") if p.suffix in {".yml", ".yaml"}))


def names_key(path: Path, *keys: str) -> bool:
    """Return whether a line of the file begins with one of `keys`, without parsing the file.

    Training sentences fill thousands of lines that the runtime does not need. A key that is
    indented by mistake is found too: then the file is parsed, and the wrong indent is reported.
    """
    wanted = "|".join(keys).encode()
    return (
        re.search(rb"^[ \t]*(?:" + wanted + rb")[ ]*:", path.read_bytes(), re.MULTILINE) is not None
    )


def read_yaml(path: Path, root: Path, problems: Problems) -> YamlFile | None:
    """Read one file; `None` when it cannot be parsed, with the fault added to `problems`."""
    try:
        name = path.relative_to(root).as_posix()
    except ValueError:
        name = path.as_posix()
    try:
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=_Loader)
    except UnicodeDecodeError:
        problems.add(FileLine(name, 1), "encoding", "save the file as UTF-8")
        return None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        problems.add(
            FileLine(name, line),
            "YAML syntax",
            f"{error.problem or error.context}; check the indent, quote texts with : # ? or braces",
        )
        return None
    except yaml.YAMLError as error:
        problems.add(FileLine(name, 1), "YAML syntax", str(error))
        return None
    builder = _Builder(name, problems)
    content = builder.build(node, ()) if node is not None else None
    return YamlFile(name, content, builder.lines)


class _Builder:
    """Converts composed nodes to values and records their lines."""

    def __init__(self, name: str, problems: Problems) -> None:
        self.name = name
        self.problems = problems
        self.lines: dict[tuple[str | int, ...], int] = {(): 1}

    def build(self, node: yaml.Node, path: tuple[str | int, ...]) -> Json:
        line = node.start_mark.line + 1
        self.lines.setdefault(path, line)
        if len(path) > _DEEPEST:
            self.problems.add(
                FileLine(self.name, line), "nesting", "an alias that contains itself?"
            )
            return None
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(child, (*path, index)) for index, child in enumerate(node.value)]
        return self._mapping(node, path)

    def _mapping(self, node: yaml.Node, path: tuple[str | int, ...]) -> dict[Any, Any]:
        built: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            place = FileLine(self.name, key_node.start_mark.line + 1)
            key = _scalar(key_node) if isinstance(key_node, yaml.ScalarNode) else None
            if not isinstance(key_node, yaml.ScalarNode) or key == "<<":
                self.problems.add(place, "key", "write a plain key; merge keys (<<) are not read")
                continue
            if key in built:
                self.problems.add(place, f"duplicate key '{key}'", "keep one of the two")
                continue
            child = (*path, key if isinstance(key, str) else str(key))
            self.lines[child] = place.line
            built[key] = self.build(value_node, child)
        return built


def _scalar(node: yaml.ScalarNode) -> Json:
    text: str = node.value
    if node.style:
        return text
    if text in _NULL:
        return None
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    if _INT.match(text):
        return int(text)
    if _FLOAT.match(text):
        return float(text)
    return text
