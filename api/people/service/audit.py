"""Read the audit log, for administrators."""

from collections.abc import Sequence

from api.people.rules.actor import Actor
from api.people.rules.permissions import Action, authorize
from api.people.service.tools import Tools
from api.people.store.audit import Audit, AuditEntry
from kernel.database.transaction import Transaction

AUDIT_PAGE = 100
"""Most entries of a page."""


def audited(
    tx: Transaction, tools: Tools, actor: Actor, *, number: str | None, before: str | None
) -> Sequence[AuditEntry]:
    """List access to personal data for an administrator, newest first, `AUDIT_PAGE` at a time.

    Args:
        number: only entries of this case.
        before: only entries before the one with this id.

    Raises:
        Forbidden: the actor is not an administrator.
    """
    authorize(actor, Action.READ_AUDIT)
    return Audit(tx, tools.ids).latest(AUDIT_PAGE, number=number, before=before)
