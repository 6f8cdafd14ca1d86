"""Rows of cases and of their history: written from the domain, and read back."""

from typing import Any

from sqlalchemy import RowMapping

from api.catalogue.rules.categories import RequestKind, Urgency
from api.domain.cases.case import Case
from api.domain.cases.standing import Entry, Standing
from api.domain.lifecycle import CaseState, Move
from api.people.rules.actor import Role
from api.store.cases.sealing import Seal, because_in, because_out
from api.store.cases.tables import cases
from kernel.privacy.crypto import Keyring

STANDING = (
    cases.c.number,
    cases.c.state,
    cases.c.kind,
    cases.c.category,
    cases.c.urgency,
    cases.c.unit,
    cases.c.citizen,
    cases.c.contact_point,
    cases.c.opened_at,
    cases.c.changed_at,
    cases.c.due_at,
    cases.c.clerk_by,
    cases.c.owed,
    cases.c.urged,
    cases.c.urged_at,
    cases.c.version,
    cases.c.confidential,
    cases.c.pressed,
    cases.c.supervised,
    cases.c.reported,
    cases.c.hard,
    cases.c.instructed,
    cases.c.dispatched_at,
    cases.c.held_by,
    cases.c.returns,
    cases.c.ruled,
    cases.c.rehandled,
    cases.c.helpers,
    cases.c.members,
    cases.c.back_to,
    cases.c.asked_until,
    cases.c.extended,
    cases.c.reminded,
    cases.c.remind_at,
    cases.c.merged_into,
    cases.c.followed,
    cases.c.title_sealed,
)


def changing(case: Case, seal: Seal) -> dict[str, object]:
    """Give the columns that a move may change."""
    return {
        "state": case.state,
        "urgency": case.urgency,
        "unit": case.unit,
        "changed_at": case.changed_at,
        "due_at": case.due_at,
        "clerk_by": case.clerk_by,
        "owed": list(case.owed),
        "urged": case.urged,
        "urged_at": case.urged_at,
        "because": because_out(case.because),
        "exclusion": case.exclusion,
        "matter_sealed": seal.matter(case.matter),
        "version": case.version,
        "category": case.category,
        "confidential": case.confidential,
        "pressed": case.pressed,
        "supervised": case.supervised,
        "reported": case.reported,
        "hard": case.hard,
        "instructed": case.instructed,
        "dispatched_at": case.dispatched_at,
        "held_by": list(case.held_by),
        "returns": case.returns,
        "ruled": case.ruled,
        "rehandled": case.rehandled,
        "helpers": list(case.helpers),
        "members": list(case.members),
        "back_to": case.back_to,
        "asked_until": case.asked_until,
        "extended": case.extended,
        "reminded": case.reminded,
        "remind_at": case.remind_at,
        "merged_into": case.merged_into,
        "followed": case.followed,
    }


def standing_of(row: RowMapping, keyring: Keyring) -> dict[str, Any]:
    """Read the fields of a `Standing` from a row of the columns `STANDING`."""
    fields: dict[str, Any] = {column.name: row[column] for column in STANDING}
    fields["state"] = CaseState(fields["state"])
    fields["kind"] = RequestKind(fields["kind"])
    fields["urgency"] = Urgency(fields["urgency"])
    for listed in ("owed", "helpers", "members", "held_by"):
        fields[listed] = tuple(fields[listed])
    seal = Seal(keyring, fields["number"])
    fields["title"] = seal.open_title(fields.pop("title_sealed"))
    fields["back_to"] = CaseState(fields["back_to"]) if fields["back_to"] else None
    return fields


def entry_row(case: Standing, entry: Entry, seal: Seal) -> dict[str, object]:
    """Give the row of an entry of the history, its words sealed."""
    return {
        "number": case.number,
        "seq": entry.seq,
        "at": entry.at,
        "move": entry.move,
        "from_state": entry.from_state,
        "to_state": entry.to_state,
        "actor_id": entry.actor_id,
        "actor_role": entry.actor_role,
        "actor_name": entry.actor_name,
        "unit": entry.unit,
        "reason_sealed": seal.text(entry.reason, "reason"),
        "note_sealed": seal.text(entry.note, "note"),
        "because": because_out(entry.because),
    }


def entry_of(row: RowMapping, seal: Seal) -> Entry:
    """Read an entry of the history."""
    return Entry(
        seq=row["seq"],
        at=row["at"],
        move=Move(row["move"]),
        from_state=CaseState(row["from_state"]) if row["from_state"] else None,
        to_state=CaseState(row["to_state"]),
        actor_id=row["actor_id"],
        actor_role=Role(row["actor_role"]),
        actor_name=row["actor_name"],
        unit=row["unit"],
        reason=seal.open_text(row["reason_sealed"], "reason"),
        note=seal.open_text(row["note_sealed"], "note"),
        because=because_in(row["because"]),
    )
