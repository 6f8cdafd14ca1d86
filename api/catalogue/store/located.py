"""Parse YAML to plain values, with the line of each value.

Every scalar is read as a string, so that `code: 0101` stays `0101` and `no` stays a word; an empty
value is None. libyaml is used if PyYAML was built with it (its wheels are), which is about thirty
times faster than Python code.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import yaml

Value: TypeAlias = "str | list[Value] | dict[str, Value] | None"
Step: TypeAlias = str | int
PathTo: TypeAlias = tuple[Step, ...]

_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_EMPTY = ("", "~", "null")
_DEEPEST = 20  # our files need less than half; an anchor inside itself nests for ever


@dataclass(frozen=True, slots=True)
class CatalogueProblem:
    """One fault in a file: place, description, and what to write instead."""

    file: str
    line: int
    what: str
    instead: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what} -> {self.instead}"


@dataclass
class Located:
    """One parsed file. `file` is its name in problems; `data` is None for an empty file."""

    file: str
    data: Value = None
    problems: list[CatalogueProblem] = field(default_factory=list)
    _lines: dict[PathTo, int] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path, file: str) -> "Located":
        """Parse the YAML file at `path`. A parse error becomes a problem, not an exception."""
        located = cls(file)
        try:
            node = yaml.compose(path.read_text(encoding="utf-8"), Loader=_LOADER)
        except FileNotFoundError:
            located.note(1, "the file is missing", f"write {file}; docs/catalogue.md shows one")
        except UnicodeDecodeError as error:
            located.note(1, f"not UTF-8 at byte {error.start}", "save the file as UTF-8")
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            what = f"not YAML: {error.problem or error.context}"
            instead = "check indentation, colons and quotes around this line"
            located.note(mark.line + 1 if mark else 1, what, instead)
        except yaml.YAMLError as error:
            located.note(1, f"not YAML: {error}", "remove the characters that YAML forbids")
        else:
            if node is not None:
                located.data = located._value(node, ())
        return located

    def line(self, path: PathTo) -> int:
        """Return the line of the deepest part of `path` in the file; 1 for an empty file.

        A key has the line where it is written, so a wrong key and its wrong value share a line.
        """
        for length in range(len(path), 0, -1):
            if (line := self._lines.get(path[:length])) is not None:
                return line
        return 1

    def note(self, line: int, what: str, instead: str) -> None:
        """Add a problem on a line."""
        self.problems.append(CatalogueProblem(self.file, line, what, instead))

    def complain(self, path: PathTo, what: str, instead: str) -> None:
        """Add a problem at the place of `path`."""
        self.note(self.line(path), what, instead)

    def _value(self, node: yaml.Node, path: PathTo) -> Value:
        line = node.start_mark.line + 1
        self._lines.setdefault(path, line)
        if isinstance(node, yaml.ScalarNode):
            return None if node.style is None and node.value in _EMPTY else str(node.value)
        if len(path) > _DEEPEST:
            self.note(line, "nested too deep", "remove the anchor that contains itself")
            return None
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, (*path, i)) for i, item in enumerate(node.value)]
        return dict(self._pairs(node, path))

    def _pairs(self, node: yaml.Node, path: PathTo) -> Iterator[tuple[str, Value]]:
        seen: set[str] = set()
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.note(line, "a key that is itself a list or a map", "write a plain word as key")
                continue
            key = str(key_node.value)
            if key in seen:
                self.note(line, f"the key '{key}' stands twice in one place", "keep one of the two")
                continue
            seen.add(key)
            self._lines[*path, key] = line
            yield key, self._value(value_node, (*path, key))
