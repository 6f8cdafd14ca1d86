"""Marks planted in every declared column of somebody's rows, and the search for what is left.

A new column is planted by itself: what is planted follows from its declaration. Sealed columns get
a mark that opens, in a form that each of their readers understands.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Date, Float, Integer, LargeBinary, Table, select

from kernel import json
from kernel.database.columns import UtcDateTime
from kernel.database.database import Database, Transaction
from kernel.privacy.crypto import Keyring
from kernel.privacy.keeping import owned
from kernel.privacy.personal import Holding, held

_number = itertools.count(1)


@dataclass
class Marks:
    """The marks of one person: of each column the words themselves and what stands in the row."""

    owners: Mapping[str, Sequence[str]]
    of: dict[str, list[bytes]] = field(default_factory=dict)

    def columns(self) -> set[str]:
        """Name the columns that were planted."""
        return set(self.of)

    def left_in(self, haystack: bytes) -> set[str]:
        """Name the columns of which a mark is found."""
        return {name for name, marks in self.of.items() if any(mark in haystack for mark in marks)}

    def new(self, column: Column[Any]) -> str:
        """Make a mark of a column, short enough for any."""
        mark = f"zq{next(_number):05d}qz"
        self.of.setdefault(str(column), []).append(mark.encode())
        return mark


def expected(tables: Sequence[Table], kinds: Sequence[str]) -> dict[str, Holding]:
    """Give the columns that hold something of an owner of one of these kinds."""
    return {
        str(column): declared
        for column, declared in held(tables)
        if any(owner.kind in kinds for owner in declared.of)
    }


def plant(
    tx: Transaction,
    tables: Sequence[Table],
    keyring: Keyring,
    marks: Marks,
    now: datetime,
    samples: Mapping[str, Mapping[str, Any]],
    appended: Sequence[str] = (),
) -> None:
    """Mark each column that holds something of an owner, with a made row where there is none.

    `samples` gives values of made rows that have to mean something. Tables in `appended` are never
    updated, so a marked copy of a row is added.
    """
    for table in tables:
        mine = [(column, item, _owner(item, marks)) for column, item in held([table])]
        mine = [(column, item, owner) for column, item, owner in mine if owner is not None]
        if not mine:
            continue
        where = owned(table, mine[0][2], marks.owners[mine[0][2].kind])
        rows = [dict(row) for row in tx.execute(select(table).where(where)).mappings()]
        if not rows:
            rows = [_made(table, mine[0][2], marks, now, samples.get(table.name, {}))]
            tx.execute(table.insert(), rows)
        for row in rows:
            key = [column == row[column.name] for column in table.primary_key]
            if table.name in appended:
                row["seq"] += 100
            values = {
                column.name: _value(column, item, row, keyring, marks) for column, item, _ in mine
            }
            if table.name in appended:
                tx.execute(table.insert(), {**row, **values})
            else:
                tx.execute(table.update().where(*key).values(values))


def on_disk(folder: Path) -> bytes:
    """Read the files of SQLite's database in a folder; nothing when it is on PostgreSQL."""
    return b"\n".join(path.read_bytes() for path in folder.glob("solvefirst.db*"))


async def everything(database: Database, tables: Sequence[Table], keyring: Keyring) -> bytes:
    """Read all rows of all tables as bytes to be searched, sealed values opened as well."""

    def read(tx: Transaction) -> bytes:
        found = []
        for table in tables:
            sealed = {c.name: d.sealed for c, d in held([table]) if d.sealed is not None}
            for row in tx.execute(select(table)).mappings():
                for name, value in row.items():
                    found.append(value if isinstance(value, bytes) else str(value).encode())
                    if name in sealed and value:
                        found.append(keyring.decrypt(value, context=sealed[name].format(**row)))
        return b"\n".join(found)

    return await database.read(read)


def _owner(declared: Holding, marks: Marks) -> Any:
    return next((owner for owner in declared.of if owner.kind in marks.owners), None)


def _made(
    table: Table, owner: Any, marks: Marks, now: datetime, sample: Mapping[str, Any]
) -> dict[str, Any]:
    row: dict[str, Any] = {
        column.name: _plain(column, now) for column in table.columns if not column.nullable
    }
    row |= {
        column.name: now for column in table.columns if column.name.endswith(("ed_at", "done_at"))
    }
    row[owner.column] = marks.owners[owner.kind][0]
    return row | dict(sample)


def _plain(column: Column[Any], now: datetime) -> Any:
    match column.type:
        case UtcDateTime():
            return now
        case Boolean():
            return False
        case Integer() | Float():
            return next(_number)
        case LargeBinary():
            return f"row {next(_number)}".encode()
        case Date():
            return now.date()
        case JSON():
            return []
    return f"x{next(_number)}"


def _value(
    column: Column[Any], declared: Holding, row: Mapping[str, Any], keyring: Keyring, marks: Marks
) -> Any:
    mark = marks.new(column)
    if isinstance(column.type, JSON):
        return [mark]
    if not isinstance(column.type, LargeBinary):
        return mark
    if declared.sealed is None:
        return mark.encode()
    names = ("text", "name", "phone", "happened", "demand", "note", "answer", "words", "elsewhere")
    said = dict.fromkeys(names, mark) | {"details": {}, "place": None, "time": None}
    sealed = keyring.encrypt(json.dumps(said).encode(), context=declared.sealed.format(**row))
    marks.of[str(column)].append(sealed)
    return sealed
