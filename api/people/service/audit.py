"""The audit, as administrators read it."""

from collections.abc import Sequence

from api.people.rules.actor import Actor
from api.people.rules.permissions import Action, authorize
from api.people.service.tools import Tools
from api.people.store.audit import Audit, AuditEntry
from kernel.database.transaction import Transaction

AUDIT_PAGE = 100
"""Entries of the audit that are shown at once."""


def audited(
    tx: Transaction, tools: Tools, actor: Actor, *, number: str | None, before: str | None
) -> Sequence[AuditEntry]:
    """List who looked at whose data, `AUDIT_PAGE` at a time, to an administrator; newest first.

    Args:
        number: of one case alone.
        before: only what was noted before the entry of this id.

    Raises:
        Forbidden: the actor is none.
    """
    authorize(actor, Action.READ_AUDIT)
    return Audit(tx, tools.ids).latest(AUDIT_PAGE, number=number, before=before)
