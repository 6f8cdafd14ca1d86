"""Repository of cases with their history."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, bindparam, select

from api.catalogue.rules.categories import Kind, Urgency
from api.domain.cases.case import Case, Entry, Standing
from api.domain.errors import CaseChanged
from api.domain.lifecycle import CaseState, Move
from api.people.rules.actor import Role
from api.statements import Mark, page_of_due
from api.store.cases.facts import FactsOfCases
from api.store.cases.sealing import Seal, because_in, because_out
from api.store.cases.tables import case_history, case_part, cases, reporter
from kernel.database.transaction import Transaction
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
_PARTING = frozenset(
    {
        Move.DISPATCH,
        Move.OPEN_ASSESSMENT,
        Move.RULE,
        Move.ADD_HELPER,
        Move.REMOVE_HELPER,
        Move.FINISH_TASK,
        Move.TIER_UP,
        Move.TIER_DOWN,
    }
)
"""Moves that may change which units have a role in the case."""

# Statements are cached: building one costs SQLAlchemy about as much as running it.
_ADD = cases.insert()
_ADD_REPORTER = reporter.insert()
_ADD_ENTRY = case_history.insert()
_GET = (
    select(cases, reporter.c.identity_sealed)
    .outerjoin(reporter)
    .where(cases.c.number == bindparam("of_number"))
)
_GET_TO_CHANGE = _GET.with_for_update(of=cases)
_NOTE = (
    cases.update()
    .where(cases.c.number == bindparam("of_number"))
    .values(
        {
            name: bindparam(f"new_{name}")
            for name in ("changed_at", "pressed", "supervised", "reported", "version")
        }
    )
)
_HISTORY = (
    select(case_history)
    .where(case_history.c.number == bindparam("of_number"))
    .order_by(case_history.c.seq)
)


class Cases:
    """The cases of one transaction."""

    def __init__(self, tx: Transaction, keyring: Keyring, facts: FactsOfCases) -> None:
        self._tx = tx
        self._keyring = keyring
        self._facts = facts

    def add(self, case: Case, access_code: str) -> list[Entry]:
        """Add a case with its history; return the new entries for events.

        Only a blind index of the access code is stored.
        """
        seal = Seal(self._keyring, case.number)
        report = case.kind is Kind.REPORT
        place = case.matter.place
        self._tx.execute(
            _ADD,
            {
                **_changing(case, seal),
                "number": case.number,
                "kind": case.kind,
                "citizen": case.citizen,
                "contact_point": case.contact_point,
                "channel": case.channel,
                "language": case.language,
                "district": place and place.district,
                "street": place and place.street,
                "community": place and place.community,
                "opened_at": case.opened_at,
                "contact_mode": case.contact.mode,
                "contact_sealed": None if report else seal.contact(case.contact, "contact"),
                "title_sealed": seal.title(case.title),
                "access_index": self._keyring.blind_index(access_code, context="case.access"),
            },
        )
        if report and (identity := seal.contact(case.contact, "reporter")) is not None:
            self._tx.execute(_ADD_REPORTER, {"number": case.number, "identity_sealed": identity})
        return self._append(case, seal)

    def get(self, number: str) -> Case | None:
        """Read a case."""
        return self._one(_GET, number)

    def get_to_change(self, number: str) -> Case | None:
        """Read and lock a case until this transaction ends."""
        return self._one(_GET_TO_CHANGE, number)

    def save(self, case: Case) -> list[Entry]:
        """Write the changes and the new entries of the history; return these entries.

        Raises:
            CaseChanged: another move was made since the case was read.
        """
        seal = Seal(self._keyring, case.number)
        before = case.version - len(case.entries)
        updated = self._tx.execute(
            cases.update()
            .where(cases.c.number == case.number, cases.c.version == before)
            .values(_changing(case, seal))
        )
        if updated.rowcount != 1:
            raise CaseChanged(number=case.number)
        if any(entry.move in _PARTING for entry in case.entries):
            self._set_parts(case)
        return self._append(case, seal)

    def _set_parts(self, case: Case) -> None:
        self._tx.execute(case_part.delete().where(case_part.c.number == case.number))
        units = sorted({*case.helpers, *case.members})
        if units:
            rows = [{"unit": unit, "number": case.number} for unit in units]
            self._tx.execute(case_part.insert(), rows)

    def note_all(self, noted: Sequence[Standing]) -> None:
        """Write the changes of several cases by their clocks' steps, with the new entries.

        The caller has locked the cases.
        """
        if not noted:
            return
        self._tx.execute(
            _NOTE,
            [
                {
                    "of_number": case.number,
                    "new_changed_at": case.changed_at,
                    "new_pressed": case.pressed,
                    "new_supervised": case.supervised,
                    "new_reported": case.reported,
                    "new_version": case.version,
                }
                for case in noted
            ],
        )
        rows = [
            _row(case, entry, Seal(self._keyring, case.number))
            for case in noted
            for entry in case.entries
        ]
        self._tx.execute(_ADD_ENTRY, rows)

    def merge(self, case: Case, into: Case) -> None:
        """Record a merge in `into`, and in the followers of `case`."""
        self._tx.execute(
            cases.update().where(cases.c.merged_into == case.number).values(merged_into=into.number)
        )
        self._tx.execute(
            cases.update().where(cases.c.number == into.number).values(followed=into.followed)
        )

    def follow(self, numbers: Sequence[str], into: str) -> None:
        """Set the case that merged cases follow."""
        if numbers:
            self._tx.execute(
                cases.update().where(cases.c.number.in_(numbers)).values(merged_into=into)
            )

    def followers(self, number: str) -> list[tuple[str, str]]:
        """List the number and contact point of each case that was merged into this one."""
        query = (
            select(cases.c.number, cases.c.contact_point)
            .where(cases.c.merged_into == number)
            .order_by(cases.c.number)
        )
        return [(row.number, row.contact_point) for row in self._tx.execute(query)]

    def to_remind(self, now: datetime, after: Mark | None, limit: int) -> list[Mark]:
        """List cases with a reminder due by `now`, the soonest due first."""
        number, at = cases.c.number, cases.c.remind_at
        return page_of_due(self._tx, at, number, now=now, after=after, limit=limit)

    def history(self, number: str) -> list[Entry]:
        """Read all entries of a case's history, oldest first."""
        seal = Seal(self._keyring, number)
        rows = self._tx.execute(_HISTORY, {"of_number": number}).mappings()
        return [_entry(row, seal) for row in rows]

    def _one(self, query: Select[Any], number: str) -> Case | None:
        row = self._tx.execute(query, {"of_number": number}).mappings().one_or_none()
        if row is None:
            return None
        seal = Seal(self._keyring, row["number"])
        report = row["kind"] == Kind.REPORT
        return Case(
            **standing_of(row, self._keyring),
            channel=row["channel"],
            language=row["language"],
            matter=seal.open_matter(row["matter_sealed"]),
            contact=seal.open_contact(
                row["contact_mode"],
                row["identity_sealed"] if report else row["contact_sealed"],
                "reporter" if report else "contact",
            ),
            because=because_in(row["because"]),
            exclusion=row["exclusion"],
        )

    def _append(self, case: Case, seal: Seal) -> list[Entry]:
        entries, case.entries = case.entries, []
        if not entries:
            return entries
        self._tx.execute(_ADD_ENTRY, [_row(case, entry, seal) for entry in entries])
        self._facts.note(case, entries)
        return entries


def _changing(case: Case, seal: Seal) -> dict[str, object]:
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
    fields["kind"] = Kind(fields["kind"])
    fields["urgency"] = Urgency(fields["urgency"])
    for listed in ("owed", "helpers", "members", "held_by"):
        fields[listed] = tuple(fields[listed])
    seal = Seal(keyring, fields["number"])
    fields["title"] = seal.open_title(fields.pop("title_sealed"))
    fields["back_to"] = CaseState(fields["back_to"]) if fields["back_to"] else None
    return fields


def _row(case: Standing, entry: Entry, seal: Seal) -> dict[str, object]:
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


def _entry(row: RowMapping, seal: Seal) -> Entry:
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
