"""Record what one real conversation writes to the database, for the bare endpoint."""

import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Engine, create_engine, select

import api.app  # every table of the case service  # noqa: F401
from api.store.cases import tables
from api.store.events import tables as push_tables
from bot.store.tables import conversation, inbox, outbox

CASE_TABLES = (
    "citizen",
    "contact_point",
    "answered",
    "cases",
    *(
        table.name
        for table in tables.metadata.sorted_tables
        if any(key.column.table is tables.cases for key in table.foreign_keys)
    ),
    push_tables.event.name,
)
"""Tables that opening a case may fill, in the order of foreign keys."""

OURS = {"id", "number", "citizen", "contact_point", "key", "order_key", "access_index"}
"""Columns whose values identify a row, so that each replayed case needs new ones."""


@dataclass(frozen=True, slots=True)
class RecordedTurn:
    """Sizes in bytes of one message's writes, and its answer."""

    body: int
    state: int
    replies: tuple[int, ...]
    answer: Any
    opens_case: bool


@dataclass(frozen=True, slots=True)
class Recording:
    """One conversation: its turns in order, and the rows of the case that it opened."""

    address: int
    turns: tuple[RecordedTurn, ...]
    case_rows: Mapping[str, list[dict[str, Any]]]

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a recording that `save` wrote."""
        recording: Self = pickle.loads(path.read_bytes())
        return recording

    def save(self, path: Path) -> None:
        """Write it for the bare endpoint's process."""
        path.write_bytes(pickle.dumps(self))

    def renewed(self, row: Mapping[str, Any], conversation_id: str, serial: int) -> dict[str, Any]:
        """Return the row for another case: with new ids, otherwise unchanged."""
        new = dict(row)
        for column, value in row.items():
            if column in OURS or column.endswith("_id"):
                new[column] = _renamed(value, conversation_id, serial)
        return new


def _renamed(value: Any, conversation_id: str, serial: int) -> Any:
    if isinstance(value, bytes):
        return serial.to_bytes(8, "big") + value[8:]
    if isinstance(value, str) and value.startswith("cnv_"):
        return conversation_id
    if isinstance(value, str):
        return f"{value}.{serial}"
    return value


class Recorder:
    """Reads the database after each message of its only conversation."""

    def __init__(self, database_file: Path) -> None:
        self._engine: Engine = create_engine(f"sqlite:///{database_file}")
        self._turns: list[RecordedTurn] = []
        self._cases = 0

    def note(self, answer: Any) -> None:
        """Record what the last message wrote."""
        with self._engine.connect() as connection:
            state = connection.scalar(select(conversation.c.state)) or b""
            message = connection.execute(
                select(inbox.c.sequence, inbox.c.body).order_by(inbox.c.sequence.desc()).limit(1)
            ).one()
            replies = connection.scalars(
                select(outbox.c.body)
                .where(outbox.c.in_reply_to == message.sequence)
                .order_by(outbox.c.event)
            ).all()
            cases = len(connection.execute(select(tables.cases.c.number)).all())
        self._turns.append(
            RecordedTurn(
                body=len(message.body),
                state=len(state),
                replies=tuple(len(reply or b"") for reply in replies),
                answer=answer,
                opens_case=cases > self._cases,
            )
        )
        self._cases = cases

    def recording(self) -> Recording:
        """Return the whole conversation, with the rows of its case."""
        with self._engine.connect() as connection:
            address = connection.scalar(select(conversation.c.address)) or b""
            rows = {
                name: [
                    dict(row)
                    for row in connection.execute(select(tables.metadata.tables[name])).mappings()
                ]
                for name in CASE_TABLES
            }
        rows = {name: kept for name, kept in rows.items() if kept}
        self._engine.dispose()
        return Recording(len(address), tuple(self._turns), rows)
