"""Repository of callback surveys."""

from datetime import datetime

from sqlalchemy import RowMapping, func, select

from api.domain.surveys.answers import Question, SurveyAnswers, SurveyRating
from api.domain.surveys.survey import CallReason, Survey, SurveyEnd, SurveyPhase
from api.statements import DueMark, page_of_due
from api.store.cases.sealing import Seal
from api.store.events.tables import survey
from kernel.database.transaction import Transaction
from kernel.privacy.crypto import Keyring

SURVEYS = "surveys"
"""Bell topic of the survey sweep."""


class Surveys:
    """The surveys of one transaction. The caller must lock the case of a changed one."""

    def __init__(self, tx: Transaction, keyring: Keyring) -> None:
        self._tx = tx
        self._keyring = keyring

    def last(self, number: str) -> Survey | None:
        """Find the newest survey of a case."""
        query = select(survey).where(survey.c.number == number)
        row = self._tx.execute(query.order_by(survey.c.round.desc()).limit(1)).mappings().first()
        return None if row is None else self._read(row)

    def of_case(self, number: str) -> list[Survey]:
        """List the surveys of a case, oldest first."""
        query = select(survey).where(survey.c.number == number).order_by(survey.c.round)
        return [self._read(row) for row in self._tx.execute(query).mappings()]

    def add(self, new: Survey) -> None:
        """Add a survey."""
        self._tx.execute(
            survey.insert(), {"number": new.number, "round": new.round, **self._row(new)}
        )

    def save(self, changed: Survey) -> None:
        """Write the changes."""
        self._tx.execute(
            survey.update()
            .where(survey.c.number == changed.number, survey.c.round == changed.round)
            .values(self._row(changed))
        )

    def due(self, now: datetime, after: DueMark | None, limit: int) -> list[DueMark]:
        """List the cases with a due step of their survey."""
        number, at = survey.c.number, survey.c.due_at
        return page_of_due(self._tx, at, number, now=now, after=after, limit=limit)

    def to_call(self, limit: int) -> list[Survey]:
        """List surveys that wait for a call, the soonest due first."""
        query = select(survey).where(survey.c.phase == SurveyPhase.TELEPHONE)
        rows = self._tx.execute(query.order_by(survey.c.due_at, survey.c.number).limit(limit))
        return [self._read(row) for row in rows.mappings()]

    def count_to_call(self) -> int:
        """Count the surveys that wait for a call."""
        query = select(func.count()).where(survey.c.phase == SurveyPhase.TELEPHONE)
        return int(self._tx.scalar(query) or 0)

    def next_due(self) -> datetime | None:
        """Return when the next step is due."""
        moment: datetime | None = self._tx.scalar(
            select(survey.c.due_at)
            .where(survey.c.due_at.is_not(None))
            .order_by(survey.c.due_at)
            .limit(1)
        )
        return moment

    def _row(self, kept: Survey) -> dict[str, object]:
        seal = Seal(self._keyring, kept.number)
        return {
            "phase": kept.phase,
            "due_at": kept.due_at,
            **{question.value: kept.answers.given.get(question) for question in Question},
            "treatment": kept.answers.treatment,
            "words_sealed": seal.text(kept.answers.words, f"survey.{kept.round}"),
            "first_solved": kept.first.solved,
            "first_satisfaction": kept.first.satisfaction,
            "asked": kept.asked,
            "call": kept.call,
            "calls": kept.calls,
            "asked_at": kept.asked_at,
            "valid_until": kept.valid_until,
            "ended_at": kept.ended_at,
            "ended": kept.end,
        }

    def _read(self, row: RowMapping) -> Survey:
        seal = Seal(self._keyring, row["number"])
        given = {
            question: row[question.value]
            for question in Question
            if row[question.value] is not None
        }
        words = seal.open_text(row["words_sealed"], f"survey.{row['round']}")
        return Survey(
            number=row["number"],
            round=row["round"],
            phase=SurveyPhase(row["phase"]),
            due_at=row["due_at"],
            answers=SurveyAnswers(given, words, row["treatment"]),
            first=SurveyRating(row["first_solved"], row["first_satisfaction"]),
            asked=row["asked"],
            call=CallReason(row["call"]) if row["call"] else None,
            calls=row["calls"],
            asked_at=row["asked_at"],
            valid_until=row["valid_until"],
            ended_at=row["ended_at"],
            end=SurveyEnd(row["ended"]) if row["ended"] else None,
        )
