"""Repository of assessments with views and rulings, helpers' tasks, and meetings."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, RowMapping, Table, bindparam, func, select

from api.domain.joint.assessment import Assessment, MemberView, Principle, Stand
from api.domain.joint.together import Meeting, Task
from api.domain.lifecycle import OPEN, CaseState
from api.store.cases.sealing import Seal
from api.store.cases.tables import cases
from api.store.joint.tables import assessment, assessment_view, meeting, precedent, task
from kernel.database.transaction import Transaction
from kernel.privacy.crypto import Keyring

_RULINGS = (
    select(precedent.c.place, precedent.c.unit)
    .where(precedent.c.category == bindparam("of_category"))
    .order_by(precedent.c.ruled_at)
)


def _in(number: Column[str], states: Collection[CaseState]) -> ColumnElement[bool]:
    return number.in_(select(cases.c.number).where(cases.c.state.in_(sorted(states))))


class Together:
    """Joint work on cases in one transaction.

    A writing caller must lock the case, so that every number is used once.
    """

    def __init__(self, tx: Transaction, keyring: Keyring) -> None:
        self._tx = tx
        self._keyring = keyring

    # Assessments

    def add_assessment(
        self,
        number: str,
        reason: str | None,
        members: Sequence[str],
        opened_at: datetime,
        due_at: datetime,
    ) -> None:
        """Add an assessment."""
        self._tx.execute(
            assessment.insert(),
            {
                "number": number,
                "round": self._count(assessment, number) + 1,
                "opened_at": opened_at,
                "due_at": due_at,
                "reason_sealed": self._seal(number).text(reason, "assessment"),
                "members": list(members),
                "helpers": [],
            },
        )

    def assessments(self, number: str) -> list[Assessment]:
        """List the assessments of a case with their views, oldest first."""
        query = select(assessment).where(assessment.c.number == number).order_by(assessment.c.round)
        rows = self._tx.execute(query).mappings().all()
        if not rows:
            return []
        views: dict[int, list[MemberView]] = {}
        said = (
            select(assessment_view)
            .where(assessment_view.c.number == number)
            .order_by(assessment_view.c.at)
        )
        for row in self._tx.execute(said).mappings():
            views.setdefault(row["round"], []).append(self._view(row))
        return [self._assessment(row, tuple(views.get(row["round"], ()))) for row in rows]

    def put_view(self, number: str, round_: int, view: MemberView) -> None:
        """Store a member's view and replace an earlier one."""
        mine = (
            (assessment_view.c.number == number)
            & (assessment_view.c.round == round_)
            & (assessment_view.c.unit == view.unit)
        )
        self._tx.execute(assessment_view.delete().where(mine))
        self._tx.execute(
            assessment_view.insert(),
            {
                "number": number,
                "round": round_,
                "unit": view.unit,
                "stand": view.stand,
                "words_sealed": self._seal(number).text(view.words, "view"),
                "at": view.at,
            },
        )

    def rule(self, ruled: Assessment) -> None:
        """Store a ruling."""
        self._tx.execute(
            assessment.update()
            .where(assessment.c.number == ruled.number, assessment.c.round == ruled.round)
            .values(
                principle=ruled.principle,
                lead=ruled.lead,
                helpers=list(ruled.helpers),
                words_sealed=self._seal(ruled.number).text(ruled.words, "ruling"),
                ruled_at=ruled.ruled_at,
            )
        )

    def set_precedent(self, ruled: Assessment, category: str, place: str) -> None:
        """Store a ruling for routing: the lead is responsible at this place (or `ANYWHERE`)."""
        self._tx.execute(
            precedent.insert(),
            {
                "number": ruled.number,
                "round": ruled.round,
                "category": category,
                "place": place,
                "unit": ruled.lead,
                "principle": ruled.principle,
                "ruled_at": ruled.ruled_at,
            },
        )

    def rulings(self, category: str) -> dict[str, str]:
        """Return the ruled unit of a category by place; the newest ruling counts."""
        rows = self._tx.execute(_RULINGS, {"of_category": category})
        return {row.place: row.unit for row in rows}

    # Tasks and meetings

    def add_task(self, number: str, unit: str, what: str, at: datetime, due_at: datetime) -> None:
        """Add a unit's task."""
        self._tx.execute(
            task.insert(),
            {
                "number": number,
                "seq": self._count(task, number) + 1,
                "unit": unit,
                "what_sealed": self._seal(number).text(what, "task"),
                "given_at": at,
                "due_at": due_at,
            },
        )

    def end_task(self, number: str, unit: str, at: datetime, outcome: str | None) -> None:
        """End a unit's open task: done, with its outcome, or removed."""
        ended: Mapping[str, Any] = (
            {"dropped_at": at}
            if outcome is None
            else {"done_at": at, "outcome_sealed": self._seal(number).text(outcome, "outcome")}
        )
        self._tx.execute(
            task.update()
            .where(
                task.c.number == number,
                task.c.unit == unit,
                task.c.done_at.is_(None),
                task.c.dropped_at.is_(None),
            )
            .values(ended)
        )

    def tasks(self, number: str) -> list[Task]:
        """List the tasks of a case, oldest first."""
        query = select(task).where(task.c.number == number).order_by(task.c.seq)
        return [self._task(row) for row in self._tx.execute(query).mappings()]

    def owed_by(self, unit: str | None) -> list[tuple[str, str, str, datetime]]:
        """List open work of a unit (None: of each) in cases.

        An entry is: number, kind (`task`, `view` or `meeting`), unit, due time. A meeting's
        decision belongs to the lead. Merged, withdrawn and shelved cases have no open work.
        """
        tasks = select(task.c.number, task.c.unit, task.c.due_at).where(
            task.c.done_at.is_(None),
            task.c.dropped_at.is_(None),
            _in(task.c.number, OPEN),
        )
        if unit is not None:
            tasks = tasks.where(task.c.unit == unit)
        owed = [(row.number, "task", row.unit, row.due_at) for row in self._tx.execute(tasks)]
        said = select(assessment_view.c.number, assessment_view.c.round, assessment_view.c.unit)
        heard = {
            tuple(row)
            for row in self._tx.execute(
                said.join_from(
                    assessment_view,
                    assessment,
                    (assessment.c.number == assessment_view.c.number)
                    & (assessment.c.round == assessment_view.c.round),
                ).where(assessment.c.ruled_at.is_(None))
            )
        }
        unruled = select(assessment).where(
            assessment.c.ruled_at.is_(None), _in(assessment.c.number, {CaseState.ASSESSMENT})
        )
        for row in self._tx.execute(unruled).mappings():
            owed += [
                (row["number"], "view", member, row["due_at"])
                for member in row["members"]
                if unit in (None, member) and (row["number"], row["round"], member) not in heard
            ]
        decided = (
            select(meeting.c.number, cases.c.unit, meeting.c.due_at)
            .join(cases, cases.c.number == meeting.c.number)
            .where(
                meeting.c.done_at.is_(None),
                cases.c.unit.is_not(None),
                cases.c.state.in_(sorted(OPEN)),
            )
        )
        if unit is not None:
            decided = decided.where(cases.c.unit == unit)
        owed += [(row.number, "meeting", row.unit, row.due_at) for row in self._tx.execute(decided)]
        return sorted(owed, key=lambda row: (row[3], row[0]))

    def add_meeting(
        self,
        number: str,
        participants: Sequence[str],
        decision: str,
        at: datetime,
        due_at: datetime,
    ) -> None:
        """Add a coordination meeting."""
        self._tx.execute(
            meeting.insert(),
            {
                "number": number,
                "seq": self._count(meeting, number) + 1,
                "at": at,
                "participants": list(participants),
                "decision_sealed": self._seal(number).text(decision, "meeting"),
                "due_at": due_at,
            },
        )

    def end_meeting(self, number: str, seq: int, at: datetime, outcome: str) -> None:
        """Store the result of a meeting's decision."""
        self._tx.execute(
            meeting.update()
            .where(meeting.c.number == number, meeting.c.seq == seq)
            .values(done_at=at, outcome_sealed=self._seal(number).text(outcome, "meeting.outcome"))
        )

    def meetings(self, number: str) -> list[Meeting]:
        """List the meetings on a case, oldest first."""
        query = select(meeting).where(meeting.c.number == number).order_by(meeting.c.seq)
        return [self._meeting(row) for row in self._tx.execute(query).mappings()]

    def _count(self, table: Table, number: str) -> int:
        query = select(func.count()).select_from(table).where(table.c.number == number)
        return int(self._tx.scalar(query) or 0)

    def _seal(self, number: str) -> Seal:
        return Seal(self._keyring, number)

    def _task(self, row: RowMapping) -> Task:
        seal = self._seal(row["number"])
        return Task(
            number=row["number"],
            seq=row["seq"],
            unit=row["unit"],
            what=seal.open_text(row["what_sealed"], "task") or "",
            given_at=row["given_at"],
            due_at=row["due_at"],
            outcome=seal.open_text(row["outcome_sealed"], "outcome"),
            done_at=row["done_at"],
            dropped_at=row["dropped_at"],
        )

    def _meeting(self, row: RowMapping) -> Meeting:
        seal = self._seal(row["number"])
        return Meeting(
            number=row["number"],
            seq=row["seq"],
            at=row["at"],
            participants=tuple(row["participants"]),
            decision=seal.open_text(row["decision_sealed"], "meeting") or "",
            due_at=row["due_at"],
            outcome=seal.open_text(row["outcome_sealed"], "meeting.outcome"),
            done_at=row["done_at"],
        )

    def _view(self, row: RowMapping) -> MemberView:
        words = self._seal(row["number"]).open_text(row["words_sealed"], "view")
        return MemberView(row["unit"], Stand(row["stand"]), words or "", row["at"])

    def _assessment(self, row: RowMapping, views: tuple[MemberView, ...]) -> Assessment:
        seal = self._seal(row["number"])
        return Assessment(
            number=row["number"],
            round=row["round"],
            opened_at=row["opened_at"],
            due_at=row["due_at"],
            reason=seal.open_text(row["reason_sealed"], "assessment"),
            members=tuple(row["members"]),
            views=views,
            principle=Principle(row["principle"]) if row["principle"] else None,
            lead=row["lead"],
            helpers=tuple(row["helpers"]),
            words=seal.open_text(row["words_sealed"], "ruling"),
            ruled_at=row["ruled_at"],
        )
