"""Showing a citizen's identity or files to staff, noted in the audit."""

from api.contract import CaseOut, Contact
from api.domain.attachments.attachment import Attachment
from api.domain.cases.rights import may_know_identity
from api.people.rules.actor import Actor
from api.people.rules.staff import (
    IdentityHidden,
)
from api.people.store.audit import Audit
from api.services.attachments.attachments import fetch
from api.services.cases.reading import find, shown
from api.services.desk import ServiceDesk
from kernel.database.transaction import Transaction

CONTACT_SHOWN = "contact_shown"
"""The audit's word for a citizen's name and phone on somebody's screen."""


ATTACHMENT_SHOWN = "attachment_shown"
"""The audit's word for a citizen's photo or document on somebody's screen."""


def show_contact(tx: Transaction, desk: ServiceDesk, actor: Actor, number: str) -> Contact:
    """Show name and phone of a case to one who may know them, and note that it was done.

    Raises:
        CaseNotFound: there is no such case for this reader.
        IdentityHidden: the reader may see the case, and not whose it is.
    """
    case = find(desk.work(tx), actor, number)
    if not may_know_identity(actor, case):
        raise IdentityHidden(number=number)
    Audit(tx, desk.ids).note(actor, CONTACT_SHOWN, case.number, desk.clock.now())
    contact = case.contact
    return Contact.model_construct(mode=contact.mode.value, name=contact.name, phone=contact.phone)


def show_case(tx: Transaction, desk: ServiceDesk, actor: Actor, number: str) -> CaseOut:
    """Show a case with whose it is, as far as the reader may know, and note that it was shown.

    Raises:
        CaseNotFound: there is no such case for this reader.
    """
    work = desk.work(tx)
    case = find(work, actor, number)
    contact = case.contact
    if may_know_identity(actor, case) and (contact.name or contact.phone):
        Audit(tx, desk.ids).note(actor, CONTACT_SHOWN, case.number, desk.clock.now())
    return shown(desk, work, actor, case, identity=True)


def show_attachment(tx: Transaction, desk: ServiceDesk, actor: Actor, id_: str) -> Attachment:
    """Find a file of a case for one who may read the case, and note that it was shown.

    Raises:
        AttachmentNotFound: there is none for this reader.
    """
    found = fetch(tx, desk, actor, id_)
    Audit(tx, desk.ids).note(actor, ATTACHMENT_SHOWN, found.number, desk.clock.now())
    return found
