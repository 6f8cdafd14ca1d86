"""Attachments in the database; their bytes are among the files."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    RowMapping,
    String,
    Table,
    bindparam,
    func,
    select,
)

from api.domain.attachments.attachment import Attachment, MediaType
from api.metadata import CASE, POINT, metadata
from kernel.database.columns import UtcDateTime
from kernel.database.transaction import Transaction
from kernel.privacy.crypto import Keyring
from kernel.privacy.personal import Copied, Fate, Holds, holds, plain

attachment = Table(
    "attachment",
    metadata,
    Column("id", String(64), primary_key=True),
    # No foreign key: the first photo may come before the contact point is known here.
    Column("contact_point", String(64), index=True),
    Column("staff", String(64), index=True),
    Column("number", ForeignKey("cases.number"), index=True),
    Column("entry", Integer),
    Column("file", String(64), nullable=False, unique=True),
    Column("media_type", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("width", Integer),
    Column("height", Integer),
    Column(
        "name_sealed",
        LargeBinary,
        nullable=False,
        info=holds(
            Holds.WORDS,
            CASE,
            POINT,
            until="a day without a case; else as long as the case",
            erased=Fate.CODE,
            copied=Copied.VIEW,
            sealed="attachment.name:{id}",
            why="`api.privacy.service`: the row goes with the file",
        ),
    ),
    Column("uploaded_at", UtcDateTime, nullable=False),
    Column("bound_at", UtcDateTime),
    # Blind: where a file that waits came from, so that one address cannot fill the disk.
    Column("origin", String(64), index=True),
    info=plain(
        "id contact_point staff number entry file media_type size width height uploaded_at bound_at"
        " origin"
    ),
)
_c = attachment.c
_GET = select(attachment).where(_c.id == bindparam("of_id"))
_BIND = (
    attachment.update()
    .where(_c.id == bindparam("of_id"), _c.number.is_(None))
    .values(
        number=bindparam("to_number"),
        bound_at=bindparam("now"),
        entry=bindparam("with_entry"),
        origin=None,
    )
)


class AttachmentRows:
    """The attachments of one transaction."""

    def __init__(self, tx: Transaction, keyring: Keyring) -> None:
        self._tx = tx
        self._keyring = keyring

    def add(self, new: Attachment, origin: str | None = None) -> None:
        """Write a new one; `origin` is forgotten when it is bound."""
        self._tx.execute(
            attachment.insert(),
            {
                "id": new.id,
                "contact_point": new.contact_point,
                "staff": new.staff,
                "number": new.number,
                "entry": new.entry,
                "file": new.file,
                "media_type": new.media_type,
                "size": new.size,
                "width": new.width,
                "height": new.height,
                "name_sealed": self._keyring.encrypt(new.name.encode(), context=_context(new.id)),
                "uploaded_at": new.uploaded_at,
                "origin": origin,
            },
        )

    def get(self, id_: str) -> Attachment | None:
        """Find one."""
        row = self._tx.execute(_GET, {"of_id": id_}).mappings().one_or_none()
        return None if row is None else self._read(row)

    def bind(self, id_: str, number: str, now: datetime, entry: int | None) -> bool:
        """Give one to a case, with an entry of its history; tell whether it was still free."""
        given = {"of_id": id_, "to_number": number, "now": now, "with_entry": entry}
        bound = self._tx.execute(_BIND, given)
        return bound.rowcount == 1

    def waiting(self, contact_point: str | None, staff: str | None) -> int:
        """Count those of one sender, a contact point or else staff, that belong to no case."""
        sent = _c.contact_point == contact_point if contact_point else _c.staff == staff
        counted = self._tx.scalar(select(func.count()).where(sent, _c.number.is_(None)))
        return int(counted or 0)

    def waiting_from(self, origin: str) -> tuple[int, int]:
        """Count those of one origin that belong to no case, and add up their bytes."""
        sizes = self._tx.execute(
            select(_c.size).where(_c.origin == origin, _c.number.is_(None))
        ).scalars()
        waiting = [int(size) for size in sizes]
        return len(waiting), sum(waiting)

    def waiting_size(self) -> int:
        """Add up the bytes of all that belong to no case."""
        return int(self._tx.scalar(select(func.sum(_c.size)).where(_c.number.is_(None))) or 0)

    def of_case(self, number: str) -> list[Attachment]:
        """Read those of a case, oldest first."""
        return self._all(_c.number == number)

    def of_citizen(self, number: str) -> list[Attachment]:
        """Read those of a case that the citizen's side sent, oldest first."""
        return self._all(_c.number == number, _c.staff.is_(None))

    def unbound(self, contact_points: Iterable[str]) -> list[Attachment]:
        """Read those of some contact points that belong to no case."""
        return self._all(_c.contact_point.in_(list(contact_points)), _c.number.is_(None))

    def _all(self, *where: Any) -> list[Attachment]:  # noqa: ANN401 - SQLAlchemy's conditions
        query = select(attachment).where(*where).order_by(_c.uploaded_at, _c.id)
        return [self._read(row) for row in self._tx.execute(query).mappings()]

    def drop(self, ids: Iterable[str]) -> None:
        """Drop some rows; their files are the caller's to delete once that is committed."""
        self._tx.empty_log()
        self._tx.execute(attachment.delete().where(_c.id.in_(list(ids))))

    def drop_unbound(self, before: datetime) -> tuple[str, ...]:
        """Drop those uploaded before `before` that belong to no case; give their files."""
        old = (_c.number.is_(None), _c.uploaded_at < before)
        files = tuple(self._tx.execute(select(_c.file).where(*old)).scalars())
        if files:
            # By file: one that is bound in this moment keeps its row, and it is not deleted.
            gone = attachment.delete().where(*old, _c.file.in_(files)).returning(_c.file)
            files = tuple(self._tx.execute(gone).scalars())
        return files

    def without_row(self, files: Iterable[str]) -> tuple[str, ...]:
        """Give those of `files` that no row names."""
        wanted = list(files)
        known = set(self._tx.execute(select(_c.file).where(_c.file.in_(wanted))).scalars())
        return tuple(file for file in wanted if file not in known)

    def _read(self, row: RowMapping) -> Attachment:
        name = self._keyring.decrypt(row["name_sealed"], context=_context(row["id"])).decode()
        return Attachment(
            id=row["id"],
            contact_point=row["contact_point"],
            staff=row["staff"],
            number=row["number"],
            entry=row["entry"],
            file=row["file"],
            media_type=MediaType(row["media_type"]),
            size=row["size"],
            width=row["width"],
            height=row["height"],
            name=name,
            uploaded_at=row["uploaded_at"],
        )


def _context(id_: str) -> str:
    return f"attachment.name:{id_}"
