"""Collect the parts of the domain's files with their places, before they are interpreted."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.dialogue.engine.embedded.problems import FileLine, Problems
from bot.dialogue.engine.embedded.values import Json
from bot.dialogue.engine.embedded.yamlfile import YamlFile

LISTS = ("intents", "entities", "actions")
MAPS = ("slots", "forms", "responses")
_DOMAIN_KEYS = {*LISTS, *MAPS, "session_config", "version", "config"}


def domain_files(root: Path) -> list[Path]:
    """Return the domain's files: `domain.yml`, or all of `domain/`."""
    single = [path for path in (root / "domain.yml", root / "domain.yaml") if path.is_file()]
    folder = root / "domain"
    inside = sorted(p for p in folder.rglob("*") if p.suffix in {".yml", ".yaml"})
    return [*single, *inside]


class DomainPieces:
    """The parts of a domain, collected from its files one after another.

    Files are merged as in Rasa, with one exception: a name that two files define is a fault,
    because the winner would depend on the order of the directory.
    """

    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self.lists: dict[str, dict[str, Any]] = {name: {} for name in LISTS}
        self.maps: dict[str, dict[str, Any]] = {name: {} for name in MAPS}
        self.at: dict[tuple[str, str], tuple[YamlFile, tuple[str | int, ...]]] = {}
        self.session: tuple[YamlFile, Mapping[str, Any]] | None = None
        self.version: Any = None
        self.first: FileLine = FileLine("domain.yml", 1)

    def place(self, kind: str, name: str, *path: str | int) -> FileLine:
        """Return the place of a definition in the domain."""
        found = self.at.get((kind, name))
        if found is None:
            return self.first
        file, start = found
        return file.place(*start, *path)

    def add(self, file: YamlFile) -> None:
        """Add the parts of one file."""
        self.first = min(self.first, file.place()) if self.at else file.place()
        content = file.content
        if content is None:
            return
        if not isinstance(content, Mapping):
            self.problems.add(file.place(), "domain", "write a mapping with keys such as `slots:`")
            return
        for key, value in content.items():
            if key == "e2e_actions":
                self.problems.add(file.place(key), key, "name a response in `responses:` instead")
            elif key not in _DOMAIN_KEYS:
                self.problems.add(
                    file.place(str(key)),
                    f"key '{key}' in the domain",
                    f"use {', '.join(sorted(_DOMAIN_KEYS))}",
                )
            elif key in LISTS:
                self._take_list(file, key, value)
            elif key in MAPS:
                self._take_map(file, key, value)
            elif key == "session_config":
                self._take_session(file, value)
            elif key == "config" and value not in (None, {}, {"store_entities_as_slots": True}):
                self.problems.add(file.place(key), key, "remove it; only Rasa's default is run")
            elif key == "version":
                self._take_version(file, value)

    def _take_version(self, file: YamlFile, value: Json) -> None:
        if str(value) not in ("3.0", "3.1"):
            self.problems.add(file.place("version"), f"version '{value}'", 'write version: "3.1"')
        self.version = str(value)

    def _take_list(self, file: YamlFile, kind: str, value: Json) -> None:
        if value is None:
            return
        if not isinstance(value, list):
            self.problems.add(file.place(kind), kind, "write a list, each item with `- `")
            return
        for index, item in enumerate(value):
            spec: Any
            if isinstance(item, str):
                name, spec = item, {}
            elif isinstance(item, Mapping) and len(item) == 1:
                name, spec = next(iter(item.items()))
                if not isinstance(spec, Mapping):
                    self.problems.add(
                        file.place(kind, index), f"'{name}:'", "remove the colon, or add options"
                    )
                    continue
            else:
                self.problems.add(file.place(kind, index), kind, "write one name an item")
                continue
            if " - " in str(name):
                self.problems.add(
                    self._swallowed(file, kind, index),
                    f"'{name}' in {kind}",
                    "items of a list stand exactly under each other: check the indent",
                )
                continue
            if name in self.lists[kind]:
                self._twice(file.place(kind, index), kind, name)
                continue
            self.lists[kind][name] = spec
            self.at[kind, name] = (file, (kind, index))

    def _swallowed(self, file: YamlFile, kind: str, index: int) -> FileLine:
        """Return the line after an item that a wrong indent made a part of it."""
        item = file.place(kind, index)
        return FileLine(item.file, item.line + 1)

    def _take_map(self, file: YamlFile, kind: str, value: Json) -> None:
        if value is None:
            return
        if not isinstance(value, Mapping):
            self.problems.add(file.place(kind), kind, "write a mapping: `name:` and its content")
            return
        for name, spec in value.items():
            if not isinstance(name, str):
                self.problems.add(file.place(kind, str(name)), f"{kind} '{name}'", "quote the name")
            elif name in self.maps[kind]:
                self._twice(file.place(kind, name), kind, name)
            else:
                self.maps[kind][name] = spec
                self.at[kind, name] = (file, (kind, name))

    def _twice(self, place: FileLine, kind: str, name: str) -> None:
        self.problems.add(
            place, f"'{name}' twice in {kind}", f"it is also at {self.place(kind, name)}; keep one"
        )

    def _take_session(self, file: YamlFile, value: Json) -> None:
        if not isinstance(value, Mapping):
            self.problems.add(file.place("session_config"), "session_config", "write a mapping")
            return
        if self.session is not None:
            self.problems.add(file.place("session_config"), "second session_config", "keep one")
            return
        for key in value:
            if key not in ("session_expiration_time", "carry_over_slots_to_new_session"):
                self.problems.add(
                    file.place("session_config", str(key)),
                    f"key '{key}' in session_config",
                    "use session_expiration_time and carry_over_slots_to_new_session",
                )
        self.session = (file, value)
