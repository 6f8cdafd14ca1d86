"""Read labelled files of a city: rows of text and label, as a stream, in UTF-8 or GB18030."""

import codecs
import csv
import io
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TextIO

import yaml

from nlu.examples import LOADER

Progress = Callable[[float], None]

LONGEST_CELL = 2_000_000
"""Most characters of one cell; a longer one means that a quotation mark is not closed."""
MOST_LABELS = 10_000
_ENCODINGS = ("utf-8-sig", "gb18030")
_SEPARATORS = (",", "\t", ";")
_CHUNK = 1 << 20
_TOLD = 500


class LabelledInvalid(ValueError):  # noqa: N818 - said with its file
    """A labelled file or a map of labels cannot be used; the message says why and what to do."""


class LabelledRow(NamedTuple):
    """A text and its label."""

    text: str
    label: str


@dataclass(slots=True)
class Labelled:
    """A file of rows. `text` are the columns that form a text, joined by line breaks.

    After `rows`, `read` counts the rows with text and label, and `empty` the others.
    """

    path: Path
    text: Sequence[str]
    label: str
    encoding: str
    separator: str
    read: int = field(default=0, init=False)
    empty: int = field(default=0, init=False)

    @classmethod
    def open(cls, path: Path, text: Sequence[str], label: str) -> "Labelled":
        """Detect the format of a file, and check its columns.

        UTF-8 (with or without a byte order mark) and GB18030 are distinguished by reading every
        byte.

        Raises:
            LabelledInvalid: it cannot be read, or columns are missing.
        """
        try:
            encoding = _encoding(path)
            with path.open(encoding=encoding, newline="") as file:
                first = _first_line(path, file)
        except OSError as error:
            raise LabelledInvalid(f"{path}: {error.strerror}") from error
        wanted = {*text, label}
        headers = {mark: _cells(first, mark) for mark in _SEPARATORS}
        separator = max(_SEPARATORS, key=lambda mark: len(wanted & set(headers[mark])))
        missing = sorted(wanted - set(headers[separator]))
        if missing:
            there = ", ".join(headers[max(_SEPARATORS, key=lambda mark: len(headers[mark]))])
            raise LabelledInvalid(
                f"{path}: no column {', '.join(missing)}; the columns there are: {there}"
            )
        return cls(path, tuple(text), label, encoding, separator)

    def rows(self, progress: Progress | None = None) -> Iterator[LabelledRow]:
        """Yield the rows with text and label, from the beginning.

        `progress` receives the share of the file that is read.

        Raises:
            LabelledInvalid: the message names the line that cannot be read.
        """
        self.read = self.empty = 0
        csv.field_size_limit(LONGEST_CELL)
        size = max(1, self.path.stat().st_size)
        with self.path.open("rb") as raw:
            file = io.TextIOWrapper(raw, encoding=self.encoding, newline="")
            lines = (line.replace("\0", "") for line in file)
            table = csv.reader(lines, delimiter=self.separator)
            header = [cell.strip() for cell in next(table)]
            texts = [header.index(column) for column in self.text]
            label_at = header.index(self.label)
            while True:
                try:
                    cells = next(table, None)
                except csv.Error as error:
                    raise LabelledInvalid(
                        f"{self.path}, line {table.line_num}: {error}; is a quotation mark left "
                        "open?"
                    ) from error
                if cells is None:
                    break
                if progress and (self.read + self.empty) % _TOLD == 0:
                    progress(raw.tell() / size)
                parts = [cells[at].strip() for at in texts if at < len(cells)]
                text = "\n".join(part for part in parts if part)
                label = cells[label_at].strip() if label_at < len(cells) else ""
                if text and label:
                    self.read += 1
                    yield LabelledRow(text, label)
                else:
                    self.empty += 1


def read_map(file: Path, codes: Collection[str]) -> dict[str, str]:
    """Read a map of codes or prefixes to labels; return the label of each of `codes`.

    A code's own entry has priority over the longest matching prefix. A code without an entry is not
    in the result.

    Raises:
        LabelledInvalid: it is not a map of quoted codes to labels, or has unknown codes.
    """
    try:
        content = yaml.load(file.read_text(encoding="utf-8-sig"), LOADER)  # noqa: S506 - a safe loader
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise LabelledInvalid(f"{file}: {error}") from error
    if not isinstance(content, dict) or not content:
        raise LabelledInvalid(f'{file}: lines such as `"0203": label` are expected')
    for key, value in content.items():
        if not isinstance(key, str):
            raise LabelledInvalid(f'{file}: {key!r}: write codes in quotes, such as "0203"')
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            raise LabelledInvalid(f"{file}, {key}: one label is expected, not {value!r}")
    unknown = [key for key in content if not any(code.startswith(key) for code in codes)]
    if unknown:
        raise LabelledInvalid(f"{file}: the model knows no {', '.join(unknown)}")
    led = {code: _longest(content, code) for code in codes}
    return {code: str(content[key]).strip() for code, key in led.items() if key is not None}


def _longest(content: Mapping[str, object], code: str) -> str | None:
    return max((key for key in content if code.startswith(key)), key=len, default=None)


def _encoding(path: Path) -> str:
    for encoding in _ENCODINGS:
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as raw:
                while chunk := raw.read(_CHUNK):
                    decoder.decode(chunk)
                decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    raise LabelledInvalid(f"{path}: neither UTF-8 nor GB18030; save it as one of them")


def _first_line(path: Path, file: TextIO) -> str:
    line = file.readline(LONGEST_CELL)
    if not line.strip():
        raise LabelledInvalid(f"{path}: the first line must name the columns")
    return line.replace("\0", "")


def _cells(line: str, separator: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=separator))]
    except csv.Error:
        return []
