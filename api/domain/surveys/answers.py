"""Answers of the callback survey: questions, choices, and what follows from them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from api.errors import Invalid


class SurveyAnswerInvalid(Invalid):
    """The question has no such answer (`question`, `answer`)."""

    code = "survey_answer_invalid"


class Question(StrEnum):
    """One question, answered with one of its choices."""

    CONTACTED = "contacted"
    SOLVED = "solved"
    SATISFACTION = "satisfaction"
    TREATED = "treated"
    REASON = "reason"
    MAY_CONTACT = "may_contact"
    REHANDLE = "rehandle"


_YES_NO = ("yes", "no")


OTHER = "other"


CHOICES: Mapping[Question, tuple[str, ...]] = {
    Question.CONTACTED: _YES_NO,
    Question.SOLVED: ("yes", "partly", "no"),
    Question.SATISFACTION: (
        "very_satisfied",
        "satisfied",
        "fairly_satisfied",
        "dissatisfied",
        "very_dissatisfied",
    ),
    Question.TREATED: ("yes", "partly", "no"),
    Question.REASON: (
        "not_contacted",
        "not_done",
        "badly_done",
        "too_slow",
        "attitude",
        "not_what_i_asked",
        OTHER,
    ),
    Question.MAY_CONTACT: _YES_NO,
    Question.REHANDLE: _YES_NO,
}


DISSATISFIED = frozenset({"dissatisfied", "very_dissatisfied"})


class Verdict(StrEnum):
    """The consequence of a survey."""

    CLOSE = "close"
    REHANDLE = "rehandle"


@dataclass(frozen=True, slots=True)
class SurveyRating:
    """The citizen's rating of the outcome; None for questions without an answer."""

    solved: str | None = None
    satisfaction: str | None = None


@dataclass(frozen=True, slots=True)
class SurveyAnswers:
    """The answers so far, by question; `words` are the citizen's reason.

    In law enforcement and mediation the question is about `treatment` instead of satisfaction,
    because a just decision does not have to satisfy.
    """

    given: Mapping[Question, str] = field(default_factory=dict)
    words: str | None = None
    treatment: bool = False

    @property
    def rating(self) -> SurveyRating:
        """The present rating."""
        return SurveyRating(self.given.get(Question.SOLVED), self.given.get(Question.SATISFACTION))

    @property
    def complains(self) -> bool:
        """Whether the matter is not solved, or the citizen dissatisfied or not treated properly."""
        rating, treated = self.rating, self.given.get(Question.TREATED)
        return "no" in {rating.solved, treated} or rating.satisfaction in DISSATISFIED

    @property
    def next(self) -> Question | None:
        """The question to ask now; None when all required answers are there.

        The three main questions come first. A complaint is asked for its reason. For a partly
        solved matter the citizen is asked whether to reopen it.
        """
        third = Question.TREATED if self.treatment else Question.SATISFACTION
        asked = [Question.CONTACTED, Question.SOLVED, third]
        if self.complains:
            asked += [Question.REASON, Question.MAY_CONTACT]
        elif self.rating.solved == "partly":
            asked.append(Question.REHANDLE)
        return next((question for question in asked if question not in self.given), None)

    @property
    def verdict(self) -> Verdict | None:
        """The consequence of the answers so far; None without an answer on whether it is solved."""
        if self.complains or self.given.get(Question.REHANDLE) == "yes":
            return Verdict.REHANDLE
        judged = {Question.SOLVED, Question.SATISFACTION, Question.TREATED}
        if not judged & self.given.keys():
            return None
        return Verdict.CLOSE

    def plus(self, more: Mapping[Question, str], words: str | None) -> "SurveyAnswers":
        """Return the answers with `more` added; a later answer to the same question replaces it.

        Where the survey asks about treatment, an answer about satisfaction does not count.

        Raises:
            SurveyAnswerInvalid: a question has no such answer.
        """
        for question, answer in more.items():
            if answer not in CHOICES[question]:
                raise SurveyAnswerInvalid(question=question, answer=answer[:32])
        given = {**self.given, **more}
        if self.treatment:
            given.pop(Question.SATISFACTION, None)
        if words is not None and Question.REASON not in given:
            given[Question.REASON] = OTHER
        return replace(self, given=given, words=words or self.words)
