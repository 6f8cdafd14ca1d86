"""Repository of attachments; their bytes are in the file storage."""

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
    # No foreign key: the first photo may come before its contact point is registered.
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
    # Blind index of a waiting file's network address, so that one address cannot fill the disk.
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
        """Add an attachment; its `origin` is deleted when it is bound."""
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
        """Find an attachment."""
        row = self._tx.execute(_GET, {"of_id": id_}).mappings().one_or_none()
        return None if row is None else self._read(row)

    def bind(self, id_: str, number: str, now: datetime, entry: int | None) -> bool:
        """Bind an attachment to a case and an entry; return whether it was still free."""
        given = {"of_id": id_, "to_number": number, "now": now, "with_entry": entry}
        bound = self._tx.execute(_BIND, given)
        return bound.rowcount == 1

    def waiting(self, contact_point: str | None, staff: str | None) -> int:
        """Count the attachments without a case of one contact point or staff member."""
        sent = _c.contact_point == contact_point if contact_point else _c.staff == staff
        counted = self._tx.scalar(select(func.count()).where(sent, _c.number.is_(None)))
        return int(counted or 0)

    def waiting_from(self, origin: str) -> tuple[int, int]:
        """Return number and total bytes of the attachments without a case of one origin."""
        sizes = self._tx.execute(
            select(_c.size).where(_c.origin == origin, _c.number.is_(None))
        ).scalars()
        waiting = [int(size) for size in sizes]
        return len(waiting), sum(waiting)

    def waiting_size(self) -> int:
        """Return the total bytes of all attachments without a case."""
        return int(self._tx.scalar(select(func.sum(_c.size)).where(_c.number.is_(None))) or 0)

    def of_case(self, number: str) -> list[Attachment]:
        """Read the attachments of a case, oldest first."""
        return self._all(_c.number == number)

    def of_citizen(self, number: str) -> list[Attachment]:
        """Read the attachments of a case from the citizen's side, oldest first."""
        return self._all(_c.number == number, _c.staff.is_(None))

    def unbound(self, contact_points: Iterable[str]) -> list[Attachment]:
        """Read the attachments without a case of some contact points."""
        return self._all(_c.contact_point.in_(list(contact_points)), _c.number.is_(None))

    def _all(self, *where: Any) -> list[Attachment]:  # noqa: ANN401 - SQLAlchemy's conditions
        query = select(attachment).where(*where).order_by(_c.uploaded_at, _c.id)
        return [self._read(row) for row in self._tx.execute(query).mappings()]

    def drop(self, ids: Iterable[str]) -> None:
        """Delete rows; the caller deletes their files after the commit."""
        self._tx.empty_log()
        self._tx.execute(attachment.delete().where(_c.id.in_(list(ids))))

    def drop_unbound(self, before: datetime) -> tuple[str, ...]:
        """Delete attachments without a case uploaded before `before`; return their files."""
        old = (_c.number.is_(None), _c.uploaded_at < before)
        files = tuple(self._tx.execute(select(_c.file).where(*old)).scalars())
        if files:
            # By file: one that is bound at this moment keeps its row and is not deleted.
            gone = attachment.delete().where(*old, _c.file.in_(files)).returning(_c.file)
            files = tuple(self._tx.execute(gone).scalars())
        return files

    def without_row(self, files: Iterable[str]) -> tuple[str, ...]:
        """Return the `files` without a row."""
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
