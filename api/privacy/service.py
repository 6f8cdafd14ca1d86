"""Use cases of privacy: consents, summary, export and erasure of a citizen's data."""

from datetime import datetime

from api.contract import (
    CitizenExport,
    CitizenSummary,
    ConsentOut,
    Contact,
    Erase,
    Erased,
    ExportedCase,
    GiveConsent,
    KeptRecord,
    SpendTicket,
    TicketOut,
)
from api.domain.cases.case import Case
from api.domain.lifecycle import ENDS, Move, moves
from api.domain.tasks import JobTask
from api.live.service import privacy as live_privacy
from api.people.rules import codes
from api.people.rules.actor import Actor, Role
from api.people.rules.permissions import Action, authorize
from api.people.service.citizens import contact_point_out
from api.people.service.identity import as_citizen, point_of
from api.people.store.citizens import ContactPoint
from api.people.store.identity import Consent
from api.privacy.store import ErasureStore
from api.services.attachments import attachments
from api.services.cases import views
from api.services.desk import ServiceDesk
from api.services.keeping import keep
from api.services.moves.parting import take_back
from api.store.work import UnitOfWork
from kernel.database.transaction import Transaction

AT_ONCE = 20
"""Most cases that one transaction erases: a case takes some milliseconds."""


def give_consent(
    tx: Transaction, desk: ServiceDesk, actor: Actor, order: GiveConsent
) -> ConsentOut:
    """Record that the citizen was shown a version of the notice; the first time counts.

    Raises:
        ContactPointRequired: the service names no citizen.
    """
    authorize(actor, Action.MANAGE_OWN_DATA)
    work = desk.work(tx)
    point = point_of(tx, desk, actor, order.channel, order.language)
    now = desk.clock.now()
    return _consent(work.identity.consent(point.citizen, order.notice, order.channel, now))


def summary(tx: Transaction, desk: ServiceDesk, actor: Actor) -> CitizenSummary:
    """Count the stored data of the citizen.

    Raises:
        ContactPointRequired: the service names no citizen.
    """
    authorize(actor, Action.MANAGE_OWN_DATA)
    work = desk.work(tx)
    point = point_of(tx, desk, actor)
    if point is None:
        return CitizenSummary()
    numbers = _erasing(tx, desk).cases_of(point.citizen)
    found = [case for number in numbers if (case := work.cases.get(number)) is not None]
    points = work.identity.points_of(point.citizen)
    channels = [at.channel for contact in points if (at := work.citizens.at(contact)) is not None]
    return CitizenSummary(
        channels=tuple(dict.fromkeys(channels)),
        cases=len(found),
        open_cases=sum(case.state not in ENDS for case in found),
        files=sum(len(work.attachments.of_case(number)) for number in numbers)
        + len(work.attachments.unbound(points)),
        consents=tuple(map(_consent, work.identity.consents(point.citizen))),
    )


def _consent(consent: Consent) -> ConsentOut:
    return ConsentOut(notice=consent.notice, channel=consent.channel, at=consent.at)


def issue_ticket(
    tx: Transaction, desk: ServiceDesk, actor: Actor, channel: str, language: str
) -> TicketOut:
    """Make a ticket for one export of the citizen, valid once for a short time."""
    authorize(actor, Action.MANAGE_OWN_DATA)
    work = desk.work(tx)
    point = point_of(tx, desk, actor, channel, language)
    ticket = desk.ids.secret(32)
    expires_at = desk.clock.now() + codes.TICKET_LIFE
    work.identity.put_ticket(ticket, point.id, expires_at)
    return TicketOut(ticket=ticket, expires_at=expires_at)


def redeem_ticket(
    tx: Transaction, desk: ServiceDesk, actor: Actor, ticket: str
) -> CitizenExport | None:
    """Return all data of a ticket's citizen; None for an invalid ticket.

    The ticket stays valid; it is spent when the export is complete.

    Raises:
        Forbidden: only our own services may use tickets.
    """
    authorize(actor, Action.REDEEM_EXPORT)
    work, now = desk.work(tx), desk.clock.now()
    id_ = work.identity.ticket_point(ticket, now)
    point = work.citizens.at(id_) if id_ is not None else None
    if point is None:
        return None
    return _export(tx, desk, work, actor, point)


def spend_ticket(tx: Transaction, desk: ServiceDesk, actor: Actor, order: SpendTicket) -> bool:
    """Use up a ticket for one download; False when it is not valid.

    Raises:
        Forbidden: only our own services may use tickets.
    """
    authorize(actor, Action.REDEEM_EXPORT)
    return desk.work(tx).identity.spend_ticket(order.ticket, order.download, desk.clock.now())


def _export(
    tx: Transaction, desk: ServiceDesk, work: UnitOfWork, actor: Actor, point: ContactPoint
) -> CitizenExport:
    now = desk.clock.now()
    points = [at for id_ in work.identity.points_of(point.citizen) if (at := work.citizens.at(id_))]
    erasing = _erasing(tx, desk)
    numbers = erasing.cases_of(point.citizen)
    citizen = as_citizen(actor, point.citizen)
    cases = [case for number in numbers if (case := work.cases.get(number)) is not None]
    for number in (*numbers,) or (None,):
        work.audit.note(citizen, "citizen.exported", number, now)
    return CitizenExport(
        at=now,
        citizen=point.citizen,
        contact_points=tuple(map(contact_point_out, points)),
        consents=tuple(map(_consent, work.identity.consents(point.citizen))),
        cases=tuple(_exported(desk, work, actor, case) for case in cases),
        files=tuple(
            map(attachments.view, work.attachments.unbound([contact.id for contact in points]))
        ),
        talks=live_privacy.exported(tx, desk, [contact.id for contact in points]),
        records=tuple(
            KeptRecord(table=table, row=row)
            for table, row in erasing.records([contact.id for contact in points], numbers)
        ),
    )


def _exported(desk: ServiceDesk, work: UnitOfWork, actor: Actor, case: Case) -> ExportedCase:
    contact = Contact.model_construct(
        mode=case.contact.mode.value, name=case.contact.name, phone=case.contact.phone
    )
    whole = views.whole(desk.catalogue, actor, case).model_copy(update={"contact": contact})
    return ExportedCase(
        case=whole,
        history=views.history(case.number, work.cases.history(case.number), citizen=True).entries,
        files=tuple(map(attachments.view, work.attachments.of_citizen(case.number))),
    )


def erase(
    tx: Transaction, desk: ServiceDesk, actor: Actor, order: Erase
) -> tuple[Erased, tuple[str, ...]]:
    """Erase the citizen's data as far as the law allows.

    Ended cases keep number, category, territory and moves, without words or names. An open case is
    withdrawn if requested and still possible. Otherwise it keeps its words until it ends and is
    erased then. With many ended cases all but the first `AT_ONCE` are left to a background job,
    which is enqueued in this transaction. Returns the files to delete after the commit.
    """
    authorize(actor, Action.MANAGE_OWN_DATA)
    work, now = desk.work(tx), desk.clock.now()
    point = point_of(tx, desk, actor)
    if point is None:
        alone = actor.contact_point or ""
        files = _drop_files(work, None, [alone])
        return Erased(contact_points=(alone,), files=len(files)), files
    points = work.identity.points_of(point.citizen)
    citizen = as_citizen(actor, point.citizen)
    erasing = _erasing(tx, desk)
    gone: list[str] = []
    erased: list[str] = []
    kept: list[str] = []
    withdrawn: list[str] = []
    later = False
    for number in erasing.cases_of(point.citizen):
        case = work.cases.get_to_change(number)
        if case is None:
            continue
        if order.withdraw and Move.WITHDRAW in moves(case.state, Role.CITIZEN):
            take_back(desk, work, case, None, actor, now)
            keep(desk, work, case, in_receipt=True)
            withdrawn.append(number)
        if case.state in ENDS:
            if len(erased) < AT_ONCE or desk.background is None:
                gone += _erase_case(work, erasing, number, now)
            else:
                erasing.due(number, now)
                later = True
            erased.append(number)
        else:
            erasing.due(number, now)
            kept.append(number)
        work.audit.note(citizen, "citizen.erased", number, now)
    if not (erased or kept):
        work.audit.note(citizen, "citizen.erased", None, now)
    gone += _drop_files(work, None, points)
    live_privacy.forget(tx, desk, points)
    erasing.forget_points(points)
    erasing.forget_answers((*erased, *kept))
    erasing.part(point.citizen, work.identity.new_citizen(now), points, kept)
    if later and desk.background is not None:
        desk.background.begin(tx, JobTask.ERASE_CASES)
    outcome = Erased(
        contact_points=tuple(points),
        erased=tuple(erased),
        kept=tuple(kept),
        withdrawn=tuple(withdrawn),
        files=len(gone),
    )
    return outcome, tuple(gone)


def finish_erasures(tx: Transaction, desk: ServiceDesk) -> tuple[int, tuple[str, ...]]:
    """Erase up to `AT_ONCE` ended cases that are marked for erasure.

    Returns their number, and the files to delete.
    """
    work, now = desk.work(tx), desk.clock.now()
    gone: list[str] = []
    erasing = _erasing(tx, desk)
    numbers = erasing.ended(AT_ONCE)
    for number in numbers:
        erasing.detach(number, work.identity.new_citizen(now))
        gone += _erase_case(work, erasing, number, now)
    return len(numbers), tuple(gone)


def erasures_left(tx: Transaction, desk: ServiceDesk) -> int:
    """Count the ended cases that are marked for erasure."""
    return _erasing(tx, desk).count_ended()


def _erasing(tx: Transaction, desk: ServiceDesk) -> ErasureStore:
    return ErasureStore(tx, desk.keyring, desk.ids)


def _erase_case(
    work: UnitOfWork, erasing: ErasureStore, number: str, now: datetime
) -> tuple[str, ...]:
    erasing.erase_case(number, now)
    if (erased := work.cases.get(number)) is not None:
        work.events.scrub(number, erased.contact_point)
    return _drop_files(work, number, [])


def _drop_files(work: UnitOfWork, number: str | None, points: list[str]) -> tuple[str, ...]:
    """Delete the rows of a case's files, or of files without a case; return the files."""
    found = work.attachments.of_case(number) if number else work.attachments.unbound(points)
    if found:
        work.attachments.drop([attachment.id for attachment in found])
    return tuple(attachment.file for attachment in found)
