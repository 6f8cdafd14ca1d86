"""Use cases of attachments: upload before the case, bind at its opening, show with it."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO
from urllib.parse import quote

from api.contract import AttachmentOut
from api.domain.attachments.attachment import (
    HEAD,
    Attachment,
    AttachmentLimitReached,
    AttachmentNotFound,
    AttachmentRule,
    AttachmentTypeRefused,
    AttachmentUnreadable,
    MediaType,
    shown_name,
    sniff,
)
from api.domain.attachments.media import check_document, clean_film
from api.domain.cases.standing import Standing
from api.domain.errors import CaseNotFound
from api.people.rules.actor import Actor, Role
from api.people.rules.permissions import Action, authorize
from api.ports import Files
from api.services.attachments.images import rewrite
from api.services.cases.reading import citizen_of, find
from api.services.desk import ServiceDesk
from api.services.scene import LockedCase
from api.store.work import UnitOfWork
from kernel.database.transaction import Transaction
from kernel.ids import Ids

_PIECE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Prepared:
    """A stored file without a row."""

    file: str
    media_type: MediaType
    size: int
    width: int | None
    height: int | None
    name: str


def may_upload(tx: Transaction, desk: ServiceDesk, actor: Actor, origin: str | None = None) -> None:
    """Check before the upload that this citizen or staff member may send one more file.

    `origin` is a pseudonym of a citizen's network address.

    Raises:
        ContactPointRequired: the service names no citizen.
        Forbidden: files come from a service, for a citizen, from a unit, or from a clerk.
        AttachmentLimitReached: too many files wait for a case.
    """
    authorize(actor, Action.UPLOAD_FILE)
    rule, kept = desk.attachment_rule, desk.work(tx).attachments
    if kept.waiting(actor.contact_point, actor.id) >= rule.waiting:
        raise AttachmentLimitReached(most=rule.waiting)
    if kept.waiting_size() >= rule.waiting_size:
        raise AttachmentLimitReached(max_bytes=rule.waiting_size)
    if origin is not None:
        count, size = kept.waiting_from(origin)
        if rule.origin_waiting and count >= rule.origin_waiting:
            raise AttachmentLimitReached(most=rule.origin_waiting)
        if rule.origin_size and size >= rule.origin_size:
            raise AttachmentLimitReached(max_bytes=rule.origin_size)


def file_name(ids: Ids) -> str:
    """Make a file's random name in the storage, which no request can choose."""
    return hashlib.sha256(ids.secret(32).encode()).hexdigest()[:40]


def prepare(
    source: BinaryIO, name: str | None, files: Files, file: str, rule: AttachmentRule
) -> Prepared:
    """Detect a received file's type, sanitise it, and store it as `file`.

    It blocks: call it in a thread, outside any transaction.

    Raises:
        AttachmentUnreadable: it is empty, cut off, or broken.
        AttachmentTypeRefused: its type is not accepted.
        AttachmentPixels: the image is too large to decode.
    """
    source.seek(0)
    head = source.read(HEAD)
    if not head:
        raise AttachmentUnreadable(reason="empty")
    media_type = sniff(head)
    if media_type is None:
        raise AttachmentTypeRefused
    width = height = None
    kept = source
    if media_type.is_image:
        kept, media_type, width, height = rewrite(source, media_type, rule)
    elif media_type is MediaType.PDF:
        check_document(source)
    else:
        clean_film(source)
    try:
        size = kept.seek(0, 2)
        kept.seek(0)
        files.write(file, _pieces(kept))
    finally:
        if kept is not source:
            kept.close()
    return Prepared(file, media_type, size, width, height, shown_name(name, media_type))


def add(
    tx: Transaction, desk: ServiceDesk, actor: Actor, prepared: Prepared, origin: str | None = None
) -> AttachmentOut:
    """Add a stored file as its sender's attachment, without a case."""
    may_upload(tx, desk, actor, origin)
    attachment = Attachment(
        id=desk.ids.new("att"),
        contact_point=actor.contact_point,
        staff=actor.id if actor.contact_point is None else None,
        number=None,
        entry=None,
        file=prepared.file,
        media_type=prepared.media_type,
        size=prepared.size,
        width=prepared.width,
        height=prepared.height,
        name=prepared.name,
        uploaded_at=desk.clock.now(),
    )
    desk.work(tx).attachments.add(attachment, origin)
    return view(attachment)


def bind(
    work: UnitOfWork,
    actor: Actor,
    case: Standing,
    ids: Sequence[str],
    now: datetime,
    entry: int | None = None,
) -> None:
    """Bind files to a case and its history entry; bound files stay bound.

    A citizen's file is not a unit's evidence, and staff's files are not a citizen's.

    Raises:
        AttachmentNotFound: a file is unknown, deleted, of another sender or another case. `ids`
            names all of them, separated by commas.
    """
    if not ids:
        return
    citizen = citizen_of(work, actor)
    lost = []
    for id_ in dict.fromkeys(ids):
        found = work.attachments.get(id_)
        if found is None or found.number not in (None, case.number):
            lost.append(id_)
        elif found.number is None:
            if not (
                _is_of(work, found, actor, citizen)
                and work.attachments.bind(id_, case.number, now, entry)
            ):
                lost.append(id_)
        elif (found.staff is None) != (actor.acts_as is Role.CITIZEN):
            lost.append(id_)
    if lost:
        raise AttachmentNotFound(ids=",".join(lost))


def give(at: LockedCase, ids: Sequence[str]) -> int:
    """Bind the files of the next move; return their number.

    Raises:
        AttachmentNotFound: as `bind`.
    """
    bind(at.work, at.actor, at.case, ids, at.now, at.case.version + 1)
    return len(set(ids))


def fetch(tx: Transaction, desk: ServiceDesk, actor: Actor, id_: str) -> Attachment:
    """Find an attachment that `actor` may see: of a readable case, or their own.

    Raises:
        AttachmentNotFound: this reader has no such attachment.
        Forbidden: the role reads no cases.
    """
    authorize(actor, Action.READ_CASE)
    work = desk.work(tx)
    found = work.attachments.get(id_)
    if found is None:
        raise AttachmentNotFound
    if found.number is None:
        if _is_of(work, found, actor, citizen_of(work, actor)):
            return found
        raise AttachmentNotFound
    if found.staff is not None and actor.acts_as is Role.CITIZEN:
        raise AttachmentNotFound
    try:
        find(work, actor, found.number)
    except CaseNotFound:
        raise AttachmentNotFound from None
    return found


def of_case(
    tx: Transaction, desk: ServiceDesk, actor: Actor, number: str
) -> tuple[AttachmentOut, ...]:
    """List the attachments of a case, oldest first; a citizen sees none of staff.

    Raises:
        CaseNotFound: this reader has no such case.
    """
    work = desk.work(tx)
    find(work, actor, number)
    kept, citizen = work.attachments, actor.acts_as is Role.CITIZEN
    return tuple(map(view, kept.of_citizen(number) if citizen else kept.of_case(number)))


def drop_unbound(tx: Transaction, desk: ServiceDesk) -> tuple[str, ...]:
    """Delete the rows of files that waited too long for a case; return the files to delete."""
    before = desk.clock.now() - desk.attachment_rule.keep
    return desk.work(tx).attachments.drop_unbound(before)


def strays(tx: Transaction, desk: ServiceDesk, files: Iterable[str]) -> tuple[str, ...]:
    """Return the `files` without an attachment, which a killed process left."""
    return desk.work(tx).attachments.without_row(files)


def view(attachment: Attachment) -> AttachmentOut:
    """Convert an attachment to its wire model."""
    return AttachmentOut(
        id=attachment.id,
        sender="citizen" if attachment.staff is None else "staff",
        entry=attachment.entry,
        media_type=attachment.media_type.value,
        size=attachment.size,
        width=attachment.width,
        height=attachment.height,
        name=attachment.name,
        uploaded_at=attachment.uploaded_at,
    )


def headers(attachment: Attachment) -> Mapping[str, str]:
    """Return the HTTP headers of an attachment.

    Only re-encoded images are shown inline. A browser must not guess another type or run anything
    in a file.
    """
    how = "inline" if attachment.media_type.is_image else "attachment"
    return {
        "Content-Type": attachment.media_type.value,
        "Content-Length": str(attachment.size),
        "Content-Disposition": f"{how}; filename*=UTF-8''{quote(attachment.name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, no-store",
    }


def _is_of(work: UnitOfWork, attachment: Attachment, actor: Actor, citizen: str | None) -> bool:
    """Return whether the actor sent a file.

    A citizen's actor is any contact point of the same citizen.
    """
    if attachment.staff is not None or attachment.contact_point is None:
        return actor.contact_point is None and actor.id == attachment.staff
    if actor.contact_point == attachment.contact_point:
        return True
    sender = work.citizens.at(attachment.contact_point)
    return citizen is not None and sender is not None and sender.citizen == citizen


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(_PIECE):
        yield piece
