"""Repository of cases with their history."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, select

from api.catalogue.rules.categories import RequestKind
from api.domain.cases.case import Case
from api.domain.cases.standing import Entry, Standing
from api.domain.errors import CaseChanged
from api.domain.lifecycle import Move
from api.statements import DueMark, page_of_due
from api.store.cases.facts import FactsOfCases
from api.store.cases.rows import changing, entry_of, entry_row, standing_of
from api.store.cases.sealing import Seal, because_in
from api.store.cases.tables import case_history, case_part, cases, reporter
from kernel.database.transaction import Transaction
from kernel.privacy.crypto import Keyring

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
        report = case.kind is RequestKind.REPORT
        place = case.matter.place
        self._tx.execute(
            _ADD,
            {
                **changing(case, seal),
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
            .values(changing(case, seal))
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
            entry_row(case, entry, Seal(self._keyring, case.number))
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

    def to_remind(self, now: datetime, after: DueMark | None, limit: int) -> list[DueMark]:
        """List cases with a reminder due by `now`, the soonest due first."""
        number, at = cases.c.number, cases.c.remind_at
        return page_of_due(self._tx, at, number, now=now, after=after, limit=limit)

    def history(self, number: str) -> list[Entry]:
        """Read all entries of a case's history, oldest first."""
        seal = Seal(self._keyring, number)
        rows = self._tx.execute(_HISTORY, {"of_number": number}).mappings()
        return [entry_of(row, seal) for row in rows]

    def _one(self, query: Select[Any], number: str) -> Case | None:
        row = self._tx.execute(query, {"of_number": number}).mappings().one_or_none()
        if row is None:
            return None
        seal = Seal(self._keyring, row["number"])
        report = row["kind"] == RequestKind.REPORT
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
        self._tx.execute(_ADD_ENTRY, [entry_row(case, entry, seal) for entry in entries])
        self._facts.note(case, entries)
        return entries
