"""Compile every regular expression of the product, and make the texts that each is slowest on.

Run as a script it imports every module of the product and prints each pattern that was compiled,
as JSON. It is a process of its own, as a module that was imported before compiles nothing.
"""

import ast
import importlib
import json
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

ROOT = Path(__file__).parents[2]
PACKAGES = ("kernel", "nlu", "actions", "api", "bot", "solvefirst")
COMMON = "0a A好-'/.,。\n{[(\x00!"
"""Characters that many classes share: what one repeat takes, its neighbour may take, too."""
_REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT)


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern of the product; `ways` are the methods that it is tried by."""

    where: str
    source: str
    flags: int
    ways: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Attack:
    """A text of any size: a lead, then the same again and again, then an end."""

    lead: str
    pump: str
    end: str

    def text(self, size: int) -> str:
        """Make it of `size` bytes."""
        room = size - _bytes(self.lead + self.end)
        return self.lead + self.pump * max(1, room // _bytes(self.pump)) + self.end


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def patterns() -> list[Pattern]:
    """Give each pattern of text that the product compiles."""
    finished = subprocess.run(
        (sys.executable, __file__), cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [
        Pattern(f"{file}:{line}", source, flags, _ways(file, line))
        for file, line, source, flags in map(json.loads, finished.stdout.splitlines())
    ]


def _ways(file: str, line: int) -> tuple[str, ...]:
    """Give the methods by which the pattern bound to a name at `line` is used; else a search."""
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    names = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and node.lineno <= line <= (node.end_lineno or 0)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    used = [
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in names
    ]
    anchored = bool(used) and set(used) <= {"match", "fullmatch"}
    return tuple(sorted(set(used))) if anchored else ("finditer",)


def attacks(pattern: Pattern) -> list[Attack]:
    """Derive texts from the pattern: what each repeat takes, what leads to it, near-matches."""
    found: dict[Attack, None] = {}
    for lead, pump in _walk(parser.parse(pattern.source, pattern.flags), ""):
        for before, again in ((lead, pump), ("", lead + pump), ("", pump), ("", lead)):
            if again:
                found.update({Attack(before, again, end): None for end in ("", "\x00")})
    return list(found)


def _walk(sequence: Any, before: str) -> Iterator[tuple[str, str]]:
    for kind, value in sequence:
        if kind in _REPEATS:
            if value[1] >= 3:
                yield from ((before, body) for body in _texts(value[2], 4))
            yield from _walk(value[2], before)
        elif kind is op.BRANCH:
            for branch in value[1]:
                yield from _walk(branch, before)
        elif kind is op.SUBPATTERN:
            yield from _walk(value[3], before)
        elif kind in (op.ASSERT, op.ASSERT_NOT):
            yield from _walk(value[1], before)
        text = _one(kind, value)[0]
        before += text
        if kind in (op.LITERAL, op.IN, op.ANY):
            yield "", text
    yield "", before
    yield "", before[:-1]


def _texts(sequence: Any, most: int) -> list[str]:
    """Some texts that a sequence takes."""
    found = [""]
    for kind, value in sequence:
        found = [left + right for left in found for right in _one(kind, value)][:most]
    return found


def _one(kind: Any, value: Any) -> list[str]:
    if kind is op.LITERAL:
        return [chr(value)]
    if kind is op.NOT_LITERAL:
        return [next(item for item in COMMON if ord(item) != value)]
    if kind is op.ANY:
        return ["a", "好"]
    if kind is op.IN:
        return _members(value)
    if kind is op.BRANCH:
        return [text for branch in value[1] for text in _texts(branch, 1)][:4]
    if kind is op.SUBPATTERN:
        return _texts(value[3], 3)
    if kind in _REPEATS:
        least, most, body = value
        texts = _texts(body, 2)
        return list(
            dict.fromkeys([item * least for item in texts] + [texts[0] * max(least, min(most, 1))])
        )
    return [""]


def _members(items: Any) -> list[str]:
    found = [item for item in COMMON if _takes(items, item)][:3]
    if items[0][0] is not op.NEGATE:
        found += [
            chr(value if kind is op.LITERAL else value[0])
            for kind, value in items
            if kind in (op.LITERAL, op.RANGE)
        ][:3]
    return list(dict.fromkeys(found)) or ["q"]


_CATEGORIES = {
    op.CATEGORY_DIGIT: r"\d", op.CATEGORY_NOT_DIGIT: r"\D", op.CATEGORY_SPACE: r"\s",
    op.CATEGORY_NOT_SPACE: r"\S", op.CATEGORY_WORD: r"\w", op.CATEGORY_NOT_WORD: r"\W",
}  # fmt: skip


def _takes(items: Any, one: str) -> bool:
    code, taken, negated = ord(one), False, False
    for kind, value in items:
        if kind is op.NEGATE:
            negated = True
        elif kind is op.LITERAL:
            taken |= value == code
        elif kind is op.RANGE:
            taken |= value[0] <= code <= value[1]
        elif kind is op.CATEGORY:
            taken |= re.match(_CATEGORIES[value], one) is not None
    return taken != negated


def _print_all() -> None:
    compiled: dict[tuple[str, int], tuple[str, int]] = {}
    compile_ = re._compile  # type: ignore[attr-defined]

    def record(source: Any, flags: Any = 0) -> Any:
        made = compile_(source, flags)
        if isinstance(source, str):
            frame = sys._getframe(1)
            while frame.f_back and Path(frame.f_code.co_filename).parent.name == "re":
                frame = frame.f_back
            path = Path(frame.f_code.co_filename)
            if path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in PACKAGES:
                place = str(path.relative_to(ROOT)), frame.f_lineno
                compiled.setdefault((source, made.flags), place)
        return made

    re._compile = record  # type: ignore[attr-defined]
    sys.path.insert(0, str(ROOT))
    for package in PACKAGES:
        for module in pkgutil.walk_packages(
            importlib.import_module(package).__path__, f"{package}."
        ):
            if "migrations" not in module.name and not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    from nlu.danger.emergency import warm

    warm()
    for (source, flags), (file, line) in compiled.items():
        print(json.dumps((file, line, source, flags)))  # noqa: T201


if __name__ == "__main__":
    _print_all()
