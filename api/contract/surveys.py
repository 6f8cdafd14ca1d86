"""Wire models of the callback survey (回访): questions and answers."""

from datetime import datetime
from typing import Literal

from pydantic import ConfigDict, model_validator
from pydantic.config import JsonDict

from api.contract.cases.case import CategoryRef, Measure, UnitOut
from api.contract.events import SurveyEnd, SurveyQuestion
from api.contract.wire import Ordinal, RequestModel, ResponseModel, Words, either, given

Satisfaction = Literal[
    "very_satisfied", "satisfied", "fairly_satisfied", "dissatisfied", "very_dissatisfied"
]
DissatisfiedBecause = Literal[
    "not_contacted", "not_done", "badly_done", "too_slow", "attitude", "not_what_i_asked", "other"
]
YesNo = Literal["yes", "no"]


def _answers_something(schema: JsonDict) -> None:
    fields = [name for name in SurveyAnswer.model_fields if name != "round"]
    schema["allOf"] = [
        either(*map(given, fields)),
        either({"properties": {"reason": {"not": {"const": "other"}}}}, given("words")),
    ]


class SurveyAnswer(RequestModel):
    """Answers to one or several questions; `round` is that of the asking survey.

    `treated` is whether the citizen was treated properly. `reason` is requested if the matter is
    not solved or the citizen is dissatisfied. `words` are the citizen's own; alone they count as
    the reason `other`.
    """

    model_config = ConfigDict(json_schema_extra=_answers_something)

    round: Ordinal | None = None
    contacted: YesNo | None = None
    solved: Measure | None = None
    satisfaction: Satisfaction | None = None
    treated: Measure | None = None
    reason: DissatisfiedBecause | None = None
    words: Words | None = None
    may_contact: YesNo | None = None
    rehandle: YesNo | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "SurveyAnswer":
        if not self.model_dump(exclude={"round"}, exclude_none=True):
            msg = "a survey answer answers something"
            raise ValueError(msg)
        if self.reason == "other" and self.words is None:
            msg = "words say what the other reason is"
            raise ValueError(msg)
        return self


class Rating(ResponseModel):
    """The citizen's rating of the outcome."""

    solved: Measure | None = None
    satisfaction: Satisfaction | None = None


class SurveyOut(ResponseModel):
    """A survey, and the result of an answer.

    `question` is the next open question, `choices` are its values; null and empty when nothing is
    left. `taken` is `late` when the survey was over (or another round has begun); the answer is
    then stored as a remark on the case. `outcome` is the case's further course, `unit` its unit.
    `first` and `final` are the first and the present rating.
    """

    number: str
    round: int
    state: Literal["planned", "asked", "telephone", "ended"]
    taken: Literal["yes", "late"] | None = None
    question: SurveyQuestion | None = None
    choices: tuple[str, ...] = ()
    contacted: YesNo | None = None
    treated: Measure | None = None
    reason: DissatisfiedBecause | None = None
    may_contact: YesNo | None = None
    rehandle: YesNo | None = None
    first: Rating | None = None
    final: Rating | None = None
    valid_until: datetime | None = None
    end: SurveyEnd | None = None
    outcome: Literal["rehandling", "assessment", "closed"] | None = None
    unit: UnitOut | None = None


class CallTask(ResponseModel):
    """A call that a clerk must make (电话回访) until `due_at`; `why` is the reason for a call.

    `calls` counts the calls without an answer. The number is on the case page, where access to it
    is recorded.
    """

    number: str
    round: int
    category: CategoryRef
    unit: UnitOut | None = None
    why: Literal["no_channel", "silence"]
    calls: int
    due_at: datetime


class CallPage(ResponseModel):
    """The next calls, the soonest due first, and their total number."""

    items: tuple[CallTask, ...]
    total: int
