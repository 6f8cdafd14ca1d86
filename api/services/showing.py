"""Show a citizen's identity or files to staff, and record it in the audit log."""

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
"""Audit action: a citizen's name and phone were shown."""


ATTACHMENT_SHOWN = "attachment_shown"
"""Audit action: a citizen's photo or document was shown."""


def show_contact(tx: Transaction, desk: ServiceDesk, actor: Actor, number: str) -> Contact:
    """Show name and phone of a case to an authorised reader, and record it.

    Raises:
        CaseNotFound: this reader has no such case.
        IdentityHidden: the reader may see the case but not the citizen's identity.
    """
    case = find(desk.work(tx), actor, number)
    if not may_know_identity(actor, case):
        raise IdentityHidden(number=number)
    Audit(tx, desk.ids).note(actor, CONTACT_SHOWN, case.number, desk.clock.now())
    contact = case.contact
    return Contact.model_construct(mode=contact.mode.value, name=contact.name, phone=contact.phone)


def show_case(tx: Transaction, desk: ServiceDesk, actor: Actor, number: str) -> CaseOut:
    """Show a case with the identity that the reader may know, and record it.

    Raises:
        CaseNotFound: this reader has no such case.
    """
    work = desk.work(tx)
    case = find(work, actor, number)
    contact = case.contact
    if may_know_identity(actor, case) and (contact.name or contact.phone):
        Audit(tx, desk.ids).note(actor, CONTACT_SHOWN, case.number, desk.clock.now())
    return shown(desk, work, actor, case, identity=True)


def show_attachment(tx: Transaction, desk: ServiceDesk, actor: Actor, id_: str) -> Attachment:
    """Find a file of a case for a reader of the case, and record the access.

    Raises:
        AttachmentNotFound: this reader has no such file.
    """
    found = fetch(tx, desk, actor, id_)
    Audit(tx, desk.ids).note(actor, ATTACHMENT_SHOWN, found.number, desk.clock.now())
    return found
